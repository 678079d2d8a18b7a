package io.ottla.coordination.group;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.protocol.Errors;

/** Heartbeat and LeaveGroup. */
final class Membership {
  private final ShardContext shard;
  private final Rebalance rebalance;

  Membership(ShardContext shard, Rebalance rebalance) {
    this.shard = shard;
    this.rebalance = rebalance;
  }

  void heartbeat(
      HeartbeatRequestData request, Now now, Reply<HeartbeatResponseData> reply, Effects effects) {
    effects.answerNow(reply, Responses.heartbeat(heartbeat(request, now)));
  }

  private Errors heartbeat(HeartbeatRequestData request, Now now) {
    if (!shard.validGroupId(request.groupId(), false)) {
      return Errors.INVALID_GROUP_ID;
    }
    Group group = shard.group(request.groupId());
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
    return switch (group.state()) {
      case EMPTY -> Errors.UNKNOWN_MEMBER_ID;
      case DEAD -> Errors.COORDINATOR_NOT_AVAILABLE;
      case PREPARING_REBALANCE -> alive(group, request, now, Errors.REBALANCE_IN_PROGRESS);
      case COMPLETING_REBALANCE, STABLE -> alive(group, request, now, Errors.NONE);
    };
  }

  private Errors alive(Group group, HeartbeatRequestData request, Now now, Errors answer) {
    Member member = group.members.get(request.memberId());
    if (!member.isNew) {
      rebalance.restartSession(member, now);
    }
    return answer;
  }

  /** The request always carries the list of members: older versions are widened by the caller. */
  void leave(
      LeaveGroupRequestData request,
      Now now,
      Reply<LeaveGroupResponseData> reply,
      Effects effects) {
    if (!shard.validGroupId(request.groupId(), false)) {
      effects.answerNow(
          reply, new LeaveGroupResponseData().setErrorCode(Errors.INVALID_GROUP_ID.code()));
      return;
    }
    Group group = shard.group(request.groupId());
    List<MemberResponse> results = new ArrayList<>(request.members().size());
    for (MemberIdentity identity : request.members()) {
      Errors result =
          group == null ? Errors.UNKNOWN_MEMBER_ID : leave(group, identity, effects, now);
      results.add(
          new MemberResponse()
              .setMemberId(identity.memberId())
              .setGroupInstanceId(identity.groupInstanceId())
              .setErrorCode(result.code()));
    }
    effects.answer(reply, new LeaveGroupResponseData().setMembers(results));
    if (group != null) {
      shard.forgetIfVoid(group, now);
    }
  }

  private Errors leave(Group group, MemberIdentity identity, Effects effects, Now now) {
    String memberId = identity.memberId();
    String instanceId = identity.groupInstanceId();
    if (memberId.isEmpty()) {
      memberId = instanceId == null ? null : group.staticMembers.get(instanceId);
      if (memberId == null) {
        return Errors.UNKNOWN_MEMBER_ID;
      }
    } else if (instanceId == null && group.pendingMembers.containsKey(memberId)) {
      rebalance.dropPending(group, memberId, effects, now);
      return Errors.NONE;
    } else {
      Errors membership = ShardContext.checkMember(group, memberId, instanceId);
      if (membership != Errors.NONE) {
        return membership;
      }
    }
    String reason = identity.reason();
    String why =
        reason == null || reason.isEmpty()
            ? "left"
            : "left, client says: " + reason.substring(0, Math.min(255, reason.length()));
    group.event(now, "left", memberId, why);
    rebalance.removeMember(
        group, group.members.get(memberId), "member " + memberId + " " + why, effects, now);
    return Errors.NONE;
  }
}
