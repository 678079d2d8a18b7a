package io.ottla.coordination.group;

import io.ottla.coordination.group.TimerQueue.Timer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * The phases of a rebalance: who must join again, when joining ends, which generation comes out,
 * who is removed for not following. Always true: when a group leaves Completing, nobody waits for
 * an assignment of the old generation.
 */
final class Rebalance {
  private final ShardContext shard;

  Rebalance(ShardContext shard) {
    this.shard = shard;
  }

  /** Starts a rebalance unless one is being joined already. */
  void request(Group group, String why, Effects effects, Now now) {
    if (group.is(GroupState.STABLE)
        || group.is(GroupState.COMPLETING_REBALANCE)
        || group.is(GroupState.EMPTY)) {
      start(group, why, effects, now);
    }
  }

  private void start(Group group, String why, Effects effects, Now now) {
    if (group.is(GroupState.COMPLETING_REBALANCE)) {
      abandonAssignments(group, Errors.REBALANCE_IN_PROGRESS, effects, now);
    }
    shard.timers.cancel(group.syncTimer);
    group.pendingSync.clear();
    boolean fromEmpty = group.is(GroupState.EMPTY);
    group.transitionTo(GroupState.PREPARING_REBALANCE, now);
    group.event(now, "rebalance", "", why);
    long timeout = group.rebalanceTimeoutMs();
    long initialDelay = Math.min(shard.config.initialRebalanceDelayMs(), timeout);
    if (fromEmpty && initialDelay > 0) {
      group.initialDelayLeftMs = timeout - initialDelay;
      group.joinedDuringDelay = false;
      shard.timers.set(group.joinTimer, now.monotonicMs() + initialDelay);
    } else {
      group.initialDelayLeftMs = -1;
      shard.timers.set(group.joinTimer, now.monotonicMs() + timeout);
    }
  }

  /** Nobody gets an assignment of this generation any more. */
  void abandonAssignments(Group group, Errors error, Effects effects, Now now) {
    for (Member member : group.members.values()) {
      member.assignment = Blob.EMPTY;
      Reply<SyncGroupResponseData> waiting = member.swapSync(null);
      if (waiting != null) {
        effects.answerNow(waiting, Responses.syncError(error));
        restartSession(member, now);
      }
    }
  }

  /** Ends the join phase early when everybody is there. */
  void tryComplete(Group group, Effects effects, Now now) {
    if (group.is(GroupState.PREPARING_REBALANCE)
        && group.initialDelayLeftMs < 0
        && group.allJoined()) {
      complete(group, effects, now);
    }
  }

  void joinTimerFired(Group group, Effects effects, Now now) {
    if (!group.is(GroupState.PREPARING_REBALANCE)) {
      return;
    }
    if (group.initialDelayLeftMs > 0 && group.joinedDuringDelay) {
      long delay = Math.min(shard.config.initialRebalanceDelayMs(), group.initialDelayLeftMs);
      group.initialDelayLeftMs -= delay;
      group.joinedDuringDelay = false;
      shard.timers.set(group.joinTimer, now.monotonicMs() + delay);
      return;
    }
    complete(group, effects, now);
  }

  private void complete(Group group, Effects effects, Now now) {
    shard.timers.cancel(group.joinTimer);
    group.initialDelayLeftMs = -1;
    int timeout = group.rebalanceTimeoutMs();
    for (Member member : List.copyOf(group.members.values())) {
      if (!member.awaitsJoin() && !member.isStatic()) {
        drop(group, member, effects);
        group.event(
            now,
            "removed",
            member.id(),
            "did not join again within " + timeout + " ms (rebalance timeout)");
      }
    }
    if (!group.members.isEmpty() && !group.electJoinedLeader()) {
      // Only static members are left and none came back yet: they keep their place until their
      // sessions end.
      shard.timers.set(group.joinTimer, now.monotonicMs() + group.rebalanceTimeoutMs());
      return;
    }
    group.generation++;
    if (group.members.isEmpty()) {
      group.protocolName = null;
      group.transitionTo(GroupState.EMPTY, now);
      group.event(now, "empty", "", "the last member is gone");
      effects.append(new GroupRecord.Metadata(group.id, group.snapshot()));
    } else {
      newGeneration(group, effects, now);
    }
  }

  private void newGeneration(Group group, Effects effects, Now now) {
    group.protocolName = group.selectProtocol();
    group.transitionTo(GroupState.COMPLETING_REBALANCE, now);
    group.event(
        now,
        "generation",
        group.leaderId,
        group.members.size() + " members, protocol " + group.protocolName + ", leader shown");
    for (Member member : group.members.values()) {
      Reply<JoinGroupResponseData> waiting = group.awaitJoin(member, null);
      if (waiting != null) {
        boolean leads = member.id().equals(group.leaderId);
        effects.answer(waiting, Responses.joined(group, member, leads));
      }
      member.isNew = false;
      restartSession(member, now);
      group.pendingSync.add(member.id());
    }
    shard.timers.set(group.syncTimer, now.monotonicMs() + group.rebalanceTimeoutMs());
  }

  void syncTimerFired(Group group, Effects effects, Now now) {
    if (group.pendingSync.isEmpty()
        || !(group.is(GroupState.COMPLETING_REBALANCE) || group.is(GroupState.STABLE))) {
      return;
    }
    String why =
        group.pendingSync.size()
            + " members did not fetch their assignment within "
            + group.rebalanceTimeoutMs()
            + " ms";
    for (String memberId : new ArrayList<>(group.pendingSync)) {
      Member member = group.members.get(memberId);
      if (member != null) {
        drop(group, member, effects);
        group.event(now, "removed", memberId, "did not fetch its assignment in time");
      }
    }
    request(group, why, effects, now);
    tryComplete(group, effects, now);
  }

  void sessionTimerFired(Group group, String memberId, Effects effects, Now now) {
    Member member = group.members.get(memberId);
    if (member == null) {
      return;
    }
    if ((member.awaitsJoin() && !member.isNew) || member.awaitsSync()) {
      restartSession(member, now);
      return;
    }
    String why =
        member.isNew
            ? "first join was not answered within " + shard.config.newMemberJoinTimeoutMs() + " ms"
            : "no heartbeat for " + member.sessionTimeoutMs + " ms (session timeout)";
    group.event(now, "expired", memberId, why);
    removeMember(group, member, "member " + memberId + ": " + why, effects, now);
  }

  /** Takes a member out and lets the others follow. */
  void removeMember(Group group, Member member, String why, Effects effects, Now now) {
    drop(group, member, effects);
    if (group.is(GroupState.STABLE) || group.is(GroupState.COMPLETING_REBALANCE)) {
      request(group, why, effects, now);
    }
    tryComplete(group, effects, now);
  }

  /** Takes a member out and answers what it waits for. */
  void drop(Group group, Member member, Effects effects) {
    shard.timers.cancel(member.session);
    Reply<JoinGroupResponseData> join = group.awaitJoin(member, null);
    if (join != null) {
      effects.answerNow(join, Responses.joinError(member.id(), Errors.UNKNOWN_MEMBER_ID));
    }
    Reply<SyncGroupResponseData> sync = member.swapSync(null);
    if (sync != null) {
      effects.answerNow(sync, Responses.syncError(Errors.UNKNOWN_MEMBER_ID));
    }
    group.remove(member);
  }

  void restartSession(Member member, Now now) {
    shard.timers.set(member.session, now.monotonicMs() + member.sessionTimeoutMs);
  }

  /** Gives the member its timer; the old one, of another id, is cancelled. */
  void openSession(Group group, Member member, int timeoutMs, Now now) {
    shard.timers.cancel(member.session);
    member.session = new Timer(TimerQueue.Kind.SESSION, group, member.id());
    shard.timers.set(member.session, now.monotonicMs() + timeoutMs);
  }

  void dropPending(Group group, String memberId, Effects effects, Now now) {
    shard.timers.cancel(group.pendingMembers.remove(memberId));
    tryComplete(group, effects, now);
    shard.forgetIfVoid(group, now);
  }
}
