package io.ottla.coordination.group;

import io.ottla.coordination.group.TimerQueue.Timer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/** JoinGroup: a new member, a member of the group, or a static member that came back. */
final class JoinGroup {
  /** From this version on a member must come back with the id it was given. */
  private static final short MEMBER_ID_REQUIRED_VERSION = 4;

  /** From this version on a leader can be told not to compute an assignment. */
  private static final short SKIP_ASSIGNMENT_VERSION = 9;

  /** One request with what it was answered on. */
  private record Join(
      ClientOrigin origin,
      JoinGroupRequestData request,
      short version,
      List<Member.Protocol> protocols,
      Reply<JoinGroupResponseData> reply) {
    int rebalanceTimeoutMs() {
      return request.rebalanceTimeoutMs() < 0
          ? request.sessionTimeoutMs()
          : request.rebalanceTimeoutMs();
    }

    String why() {
      String reason = request.reason();
      return reason == null || reason.isEmpty()
          ? ""
          : ", client says: " + reason.substring(0, Math.min(255, reason.length()));
    }
  }

  private final ShardContext shard;
  private final Rebalance rebalance;

  JoinGroup(ShardContext shard, Rebalance rebalance) {
    this.shard = shard;
    this.rebalance = rebalance;
  }

  void handle(
      ClientOrigin origin,
      JoinGroupRequestData request,
      short version,
      Now now,
      Reply<JoinGroupResponseData> reply,
      Effects effects) {
    List<Member.Protocol> protocols = new ArrayList<>(request.protocols().size());
    long bytes = 0;
    for (JoinGroupRequestProtocol protocol : request.protocols()) {
      protocols.add(new Member.Protocol(protocol.name(), Blob.of(protocol.metadata())));
      bytes += protocol.metadata().length;
    }
    Join join = new Join(origin, request, version, List.copyOf(protocols), reply);
    Errors refusal = check(request, bytes);
    if (refusal != Errors.NONE) {
      refuse(join, refusal, effects);
      return;
    }
    Group group = shard.group(request.groupId());
    if (group == null) {
      if (!request.memberId().isEmpty()) {
        refuse(join, Errors.UNKNOWN_MEMBER_ID, effects);
        return;
      }
      if (shard.full() || protocols.isEmpty() || request.protocolType().isEmpty()) {
        refuse(
            join,
            shard.full() ? Errors.GROUP_MAX_SIZE_REACHED : Errors.INCONSISTENT_GROUP_PROTOCOL,
            effects);
        return;
      }
      group = shard.getOrCreate(request.groupId());
    }
    if (!hasRoom(group, request.memberId(), request.groupInstanceId())) {
      refuseFull(group, join, effects, now);
    } else if (!group.supports(request.protocolType(), protocols)
        && !(onlyMember(group, join) && !protocols.isEmpty())) {
      refuse(join, Errors.INCONSISTENT_GROUP_PROTOCOL, effects);
    } else if (request.memberId().isEmpty()) {
      joinNew(group, join, effects, now);
    } else {
      joinKnown(group, join, effects, now);
    }
    rebalance.tryComplete(group, effects, now);
    shard.forgetIfVoid(group, now);
  }

  private Errors check(JoinGroupRequestData request, long protocolBytes) {
    if (!shard.validGroupId(request.groupId(), false)) {
      return Errors.INVALID_GROUP_ID;
    }
    if (request.sessionTimeoutMs() < shard.config.minSessionTimeoutMs()
        || request.sessionTimeoutMs() > shard.config.maxSessionTimeoutMs()) {
      return Errors.INVALID_SESSION_TIMEOUT;
    }
    return protocolBytes > shard.config.maxMemberBytes() ? Errors.INVALID_REQUEST : Errors.NONE;
  }

  /** The one member of a group may replace all its protocols: there is nobody to agree with. */
  private static boolean onlyMember(Group group, Join join) {
    return group.members.size() == 1
        && group.protocolType.equals(join.request().protocolType())
        && group.members.containsKey(join.request().memberId());
  }

  private boolean hasRoom(Group group, String memberId, String instanceId) {
    boolean known =
        group.members.containsKey(memberId)
            || (instanceId != null && group.staticMembers.containsKey(instanceId));
    if (known && group.members.size() <= shard.config.maxGroupSize()) {
      return true;
    }
    Member member = group.members.get(memberId);
    return switch (group.state()) {
      case EMPTY, DEAD -> true;
      case PREPARING_REBALANCE ->
          (member != null && member.awaitsJoin())
              || group.awaitingJoin() < shard.config.maxGroupSize();
      case COMPLETING_REBALANCE, STABLE ->
          member != null || group.members.size() < shard.config.maxGroupSize();
    };
  }

  private void refuseFull(Group group, Join join, Effects effects, Now now) {
    Member member = group.members.get(join.request().memberId());
    if (member != null) {
      group.event(now, "removed", member.id(), "the group has its maximal size");
      rebalance.removeMember(group, member, "the group is over its maximal size", effects, now);
    }
    refuse(join, Errors.GROUP_MAX_SIZE_REACHED, effects);
  }

  private void joinNew(Group group, Join join, Effects effects, Now now) {
    JoinGroupRequestData request = join.request();
    String instanceId = request.groupInstanceId();
    if (instanceId != null) {
      String memberId = shard.newMemberId(instanceId);
      String current = group.staticMembers.get(instanceId);
      if (current == null) {
        addMember(group, memberId, join, effects, now);
      } else {
        returnStatic(group, group.members.get(current), memberId, join, effects, now);
      }
      return;
    }
    String memberId = shard.newMemberId(join.origin().clientId());
    if (join.version() < MEMBER_ID_REQUIRED_VERSION) {
      addMember(group, memberId, join, effects, now);
      return;
    }
    if (group.pendingMembers.size() >= shard.config.maxPendingMembers()) {
      refuse(join, Errors.GROUP_MAX_SIZE_REACHED, effects);
      return;
    }
    Timer timer = new Timer(TimerQueue.Kind.PENDING_MEMBER, group, memberId);
    group.pendingMembers.put(memberId, timer);
    shard.timers.set(timer, now.monotonicMs() + request.sessionTimeoutMs());
    effects.answerNow(join.reply(), Responses.joinError(memberId, Errors.MEMBER_ID_REQUIRED));
  }

  private void joinKnown(Group group, Join join, Effects effects, Now now) {
    JoinGroupRequestData request = join.request();
    String memberId = request.memberId();
    if (request.groupInstanceId() == null && group.pendingMembers.containsKey(memberId)) {
      addMember(group, memberId, join, effects, now);
      return;
    }
    Errors refusal = ShardContext.checkMember(group, memberId, request.groupInstanceId());
    if (refusal != Errors.NONE) {
      refuse(join, refusal, effects);
      return;
    }
    Member member = group.members.get(memberId);
    boolean changed = !member.protocols.equals(join.protocols());
    boolean leads = memberId.equals(group.leaderId);
    switch (group.state()) {
      case PREPARING_REBALANCE ->
          rejoin(group, member, join, "member " + memberId + " joined again", effects, now);
      case COMPLETING_REBALANCE -> {
        if (changed) {
          rejoin(group, member, join, "member " + memberId + " changed its metadata", effects, now);
        } else {
          // The answer was lost: the same one again.
          effects.answer(join.reply(), Responses.joined(group, member, leads));
        }
      }
      case STABLE -> {
        if (changed || leads) {
          String why =
              "member "
                  + memberId
                  + (changed ? " changed its metadata" : " (leader) joined again")
                  + join.why();
          rejoin(group, member, join, why, effects, now);
        } else {
          effects.answer(join.reply(), Responses.joined(group, member, false));
        }
      }
      case EMPTY, DEAD -> refuse(join, Errors.UNKNOWN_MEMBER_ID, effects);
    }
  }

  private void addMember(Group group, String memberId, Join join, Effects effects, Now now) {
    JoinGroupRequestData request = join.request();
    Member member =
        new Member(memberId, request.groupInstanceId(), join.origin(), join.protocols());
    member.rebalanceTimeoutMs = join.rebalanceTimeoutMs();
    member.sessionTimeoutMs = request.sessionTimeoutMs();
    member.isNew = true;
    if (group.members.isEmpty()) {
      group.protocolType = request.protocolType();
    }
    group.add(member);
    group.awaitJoin(member, join.reply());
    shard.timers.cancel(group.pendingMembers.remove(memberId));
    rebalance.openSession(group, member, shard.config.newMemberJoinTimeoutMs(), now);
    group.event(now, "joined", memberId, "new member" + join.why());
    if (group.is(GroupState.PREPARING_REBALANCE)) {
      group.joinedDuringDelay = true;
    }
    rebalance.request(group, "member " + memberId + " joined" + join.why(), effects, now);
  }

  private void rejoin(Group group, Member member, Join join, String why, Effects effects, Now now) {
    update(group, member, join);
    answerOlder(group.awaitJoin(member, join.reply()), member, effects);
    rebalance.request(group, why, effects, now);
  }

  private static void update(Group group, Member member, Join join) {
    group.updateProtocols(member, join.protocols());
    member.rebalanceTimeoutMs = join.rebalanceTimeoutMs();
    member.sessionTimeoutMs = join.request().sessionTimeoutMs();
    member.clientId = join.origin().clientId();
    member.clientHost = join.origin().clientHost();
  }

  private void returnStatic(
      Group group, Member member, String newId, Join join, Effects effects, Now now) {
    String oldId = member.id();
    boolean led = oldId.equals(group.leaderId);
    Blob subscriptionBefore = member.metadata(group.protocolName);
    List<Member.Protocol> protocolsBefore = member.protocols;
    fence(group, member, effects);
    group.rename(member, newId);
    update(group, member, join);
    int timeout = member.isNew ? shard.config.newMemberJoinTimeoutMs() : member.sessionTimeoutMs;
    rebalance.openSession(group, member, timeout, now);
    group.event(now, "returned", newId, "static member " + member.instanceId + ", was " + oldId);
    String why = "static member " + member.instanceId + " came back";
    switch (group.state()) {
      case STABLE -> {
        if (!keepsGeneration(group, member, subscriptionBefore)) {
          group.awaitJoin(member, join.reply());
          rebalance.request(group, why + " with other protocols or topics", effects, now);
          return;
        }
        JoinGroupResponseData response = Responses.joined(group, member, false);
        if (led && join.version() >= SKIP_ASSIGNMENT_VERSION) {
          response.setMembers(Responses.members(group)).setSkipAssignment(true);
        } else if (led) {
          // An older client must not take itself for the leader, or it would compute anew.
          response.setLeader(oldId);
        }
        effects.append(new GroupRecord.Metadata(group.id, group.snapshot()));
        effects.answer(join.reply(), response);
        effects.onRefused((error, at) -> undoReturn(group, member, oldId, protocolsBefore, at));
      }
      case COMPLETING_REBALANCE, PREPARING_REBALANCE -> {
        group.awaitJoin(member, join.reply());
        rebalance.request(group, why, effects, now);
      }
      case EMPTY, DEAD ->
          throw new IllegalStateException("Group " + group.id + " has members and no state.");
    }
  }

  /** Kafka looks at the protocol only; a changed topic list would then stay unnoticed. */
  private static boolean keepsGeneration(Group group, Member member, Blob subscriptionBefore) {
    if (!group.selectProtocol().equals(group.protocolName)) {
      return false;
    }
    if (!ConsumerSubscription.PROTOCOL_TYPE.equals(group.protocolType)) {
      return true;
    }
    return ConsumerSubscription.topics(subscriptionBefore)
        .equals(ConsumerSubscription.topics(member.metadata(group.protocolName)));
  }

  private Effects undoReturn(
      Group group, Member member, String oldId, List<Member.Protocol> protocols, Now now) {
    if (group.members.get(member.id()) == member && !group.is(GroupState.DEAD)) {
      group.rename(member, oldId);
      group.updateProtocols(member, protocols);
      rebalance.openSession(group, member, member.sessionTimeoutMs, now);
    }
    return new Effects();
  }

  /** The instance lives elsewhere now: whoever waits under the old id is told so. */
  private static void fence(Group group, Member member, Effects effects) {
    Reply<JoinGroupResponseData> join = group.awaitJoin(member, null);
    if (join != null) {
      effects.answerNow(join, Responses.joinError(member.id(), Errors.FENCED_INSTANCE_ID));
    }
    var sync = member.swapSync(null);
    if (sync != null) {
      effects.answerNow(sync, Responses.syncError(Errors.FENCED_INSTANCE_ID));
    }
  }

  private static void answerOlder(
      Reply<JoinGroupResponseData> older, Member member, Effects effects) {
    if (older != null) {
      effects.answerNow(older, Responses.joinError(member.id(), Errors.REBALANCE_IN_PROGRESS));
    }
  }

  private static void refuse(Join join, Errors error, Effects effects) {
    effects.answerNow(join.reply(), Responses.joinError(join.request().memberId(), error));
  }
}
