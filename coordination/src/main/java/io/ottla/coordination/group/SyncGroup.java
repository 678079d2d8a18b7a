package io.ottla.coordination.group;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/** SyncGroup: the leader brings the assignment, everybody fetches its part once it is committed. */
final class SyncGroup {
  private final ShardContext shard;
  private final Rebalance rebalance;

  SyncGroup(ShardContext shard, Rebalance rebalance) {
    this.shard = shard;
    this.rebalance = rebalance;
  }

  void handle(
      SyncGroupRequestData request, Now now, Reply<SyncGroupResponseData> reply, Effects effects) {
    Group group = shard.group(request.groupId());
    Errors refusal = check(group, request);
    if (refusal != Errors.NONE) {
      effects.answerNow(reply, Responses.syncError(refusal));
      return;
    }
    Member member = group.members.get(request.memberId());
    group.pendingSync.remove(member.id());
    if (group.is(GroupState.STABLE)) {
      rebalance.restartSession(member, now);
      effects.answer(reply, Responses.synced(group, member));
    } else {
      Reply<SyncGroupResponseData> older = member.swapSync(reply);
      if (older != null) {
        effects.answerNow(older, Responses.syncError(Errors.REBALANCE_IN_PROGRESS));
      }
      if (member.id().equals(group.leaderId)) {
        assign(group, request, effects, now);
      }
    }
    if (group.pendingSync.isEmpty()) {
      shard.timers.cancel(group.syncTimer);
    }
  }

  private Errors check(Group group, SyncGroupRequestData request) {
    if (!shard.validGroupId(request.groupId(), false)) {
      return Errors.INVALID_GROUP_ID;
    }
    if (group == null) {
      return Errors.UNKNOWN_MEMBER_ID;
    }
    Errors membership =
        ShardContext.checkMember(group, request.memberId(), request.groupInstanceId());
    if (membership != Errors.NONE) {
      return membership;
    }
    if (request.generationId() != group.generation) {
      return Errors.ILLEGAL_GENERATION;
    }
    if (differs(request.protocolType(), group.protocolType)
        || differs(request.protocolName(), group.protocolName)) {
      return Errors.INCONSISTENT_GROUP_PROTOCOL;
    }
    return switch (group.state()) {
      case EMPTY -> Errors.UNKNOWN_MEMBER_ID;
      case DEAD -> Errors.COORDINATOR_NOT_AVAILABLE;
      case PREPARING_REBALANCE -> Errors.REBALANCE_IN_PROGRESS;
      case COMPLETING_REBALANCE, STABLE -> Errors.NONE;
    };
  }

  private static boolean differs(String sent, String actual) {
    return sent != null && !sent.equals(actual);
  }

  private void assign(Group group, SyncGroupRequestData request, Effects effects, Now now) {
    Map<String, byte[]> parts = new HashMap<>();
    for (SyncGroupRequestAssignment part : request.assignments()) {
      parts.put(part.memberId(), part.assignment());
    }
    for (Member member : group.members.values()) {
      member.assignment = Blob.of(parts.get(member.id()));
    }
    group.transitionTo(GroupState.STABLE, now);
    group.event(now, "stable", group.leaderId, "the leader's assignment is stored");
    effects.append(new GroupRecord.Metadata(group.id, group.snapshot()));
    for (Member member : group.members.values()) {
      Reply<SyncGroupResponseData> waiting = member.swapSync(null);
      if (waiting != null) {
        rebalance.restartSession(member, now);
        effects.answer(waiting, Responses.synced(group, member));
      }
    }
    int generation = group.generation;
    effects.onRefused((error, at) -> storingRefused(group, generation, error, at));
  }

  private Effects storingRefused(Group group, int generation, Errors error, Now now) {
    Effects effects = new Effects();
    if (group.is(GroupState.STABLE) && group.generation == generation) {
      rebalance.abandonAssignments(group, WriteErrors.forGroup(error), effects, now);
      rebalance.request(group, "the assignment could not be stored: " + error, effects, now);
      rebalance.tryComplete(group, effects, now);
    }
    return effects;
  }
}
