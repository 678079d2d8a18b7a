package io.ottla.coordination.group;

import io.ottla.coordination.group.TimerQueue.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * All groups of one partition of {@code __consumer_offsets}: the entrance to this package. Every
 * operation returns {@link Effects}; the owner carries them out and calls {@link #replay} for each
 * record it appended. Always true: what {@link #replay} was given is all of the durable state, so a
 * shard that replays the log from its start continues where this one stands, with members' sessions
 * started anew. Belongs to one thread.
 */
public final class GroupShard {
  /** How many groups are in which phase. */
  public record Counts(int groups, int offsets, Map<GroupState, Integer> byState) {}

  private final ShardContext shard;
  private final Rebalance rebalance;
  private final JoinGroup joinGroup;
  private final SyncGroup syncGroup;
  private final Membership membership;
  private final Offsets offsets;
  private final OffsetExpiry expiry;
  private final GroupAdministration administration;

  /**
   * @param uniqueIds makes the part of member ids that no other call makes again
   */
  public GroupShard(GroupConfig config, Supplier<String> uniqueIds) {
    this.shard = new ShardContext(config, uniqueIds);
    this.rebalance = new Rebalance(shard);
    this.joinGroup = new JoinGroup(shard, rebalance);
    this.syncGroup = new SyncGroup(shard, rebalance);
    this.membership = new Membership(shard, rebalance);
    this.offsets = new Offsets(shard, rebalance);
    this.expiry = new OffsetExpiry(shard);
    this.administration = new GroupAdministration(shard);
  }

  // ---- durable state

  /** Applies a record that is in the log. While loading, and after each own append. */
  public void replay(GroupRecord record) {
    Group group = shard.getOrCreate(record.groupId());
    if (record instanceof GroupRecord.Offset offset) {
      group.replay(offset);
    } else {
      group.replay((GroupRecord.Metadata) record);
    }
    if (group.isVoid()) {
      shard.groups.remove(group.id);
    }
  }

  /** Ends loading: members of the log become members here and their sessions start. */
  public void loaded(Now now) {
    for (Group group : shard.groups.values()) {
      GroupMetadata stored = group.stored();
      if (stored == null) {
        continue;
      }
      restore(group, stored, now);
    }
    expiry.start(now);
  }

  private void restore(Group group, GroupMetadata stored, Now now) {
    group.protocolType = stored.protocolType();
    group.generation = stored.generation();
    group.stateTimestampMs = stored.stateTimestampMs();
    group.protocolName = stored.members().isEmpty() ? null : stored.protocol();
    for (MemberMetadata kept : stored.members()) {
      String protocol = stored.protocol() == null ? "" : stored.protocol();
      Member member =
          new Member(
              kept.memberId(),
              kept.instanceId(),
              new ClientOrigin(kept.clientId(), kept.clientHost()),
              List.of(new Member.Protocol(protocol, kept.subscription())));
      member.rebalanceTimeoutMs = kept.rebalanceTimeoutMs();
      member.sessionTimeoutMs = kept.sessionTimeoutMs();
      member.assignment = kept.assignment();
      group.add(member);
      rebalance.openSession(group, member, member.sessionTimeoutMs, now);
    }
    if (!stored.members().isEmpty()) {
      if (group.members.containsKey(stored.leaderId())) {
        group.leaderId = stored.leaderId();
      }
      group.restoreState(GroupState.STABLE);
    }
    group.event(now, "loaded", "", stored.members().size() + " members, by a new coordinator");
  }

  /** The live state as records, which replayed on an empty shard give this one's durable state. */
  public List<GroupRecord> snapshot() {
    List<GroupRecord> records = new ArrayList<>();
    for (Group group : shard.groups.values()) {
      for (Map.Entry<String, Map<Integer, CommittedOffset>> topic : group.offsets().entrySet()) {
        topic
            .getValue()
            .forEach(
                (partition, offset) ->
                    records.add(
                        new GroupRecord.Offset(group.id, topic.getKey(), partition, offset)));
      }
      if (group.stored() != null) {
        records.add(new GroupRecord.Metadata(group.id, group.stored()));
      }
    }
    return records;
  }

  // ---- time

  /** When {@link #onTimer} wants to be called, monotonic; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineMs() {
    return shard.timers.nextMs();
  }

  /** Runs what is due, in the order of deadlines. Calling it early does nothing. */
  public Effects onTimer(Now now) {
    Effects effects = new Effects();
    for (Timer due = shard.timers.pollDue(now.monotonicMs());
        due != null;
        due = shard.timers.pollDue(now.monotonicMs())) {
      switch (due.kind) {
        case JOIN -> rebalance.joinTimerFired(due.group, effects, now);
        case SYNC -> rebalance.syncTimerFired(due.group, effects, now);
        case SESSION -> rebalance.sessionTimerFired(due.group, due.memberId, effects, now);
        case PENDING_MEMBER -> {
          if (due.group.pendingMembers.containsKey(due.memberId)) {
            due.group.event(now, "expired", due.memberId, "never joined with the id it was given");
            rebalance.dropPending(due.group, due.memberId, effects, now);
          }
        }
        case EXPIRY -> expiry.run(effects, now);
      }
    }
    return effects;
  }

  /** Answers everybody who waits; the shard must not be used afterwards. */
  public Effects unload(Errors error) {
    Effects effects = new Effects();
    for (Group group : shard.groups.values()) {
      for (Member member : group.members.values()) {
        Reply<JoinGroupResponseData> join = group.awaitJoin(member, null);
        if (join != null) {
          effects.failNow(join, error);
        }
        Reply<SyncGroupResponseData> sync = member.swapSync(null);
        if (sync != null) {
          effects.failNow(sync, error);
        }
      }
    }
    shard.groups.clear();
    return effects;
  }

  // ---- requests

  public Effects join(
      ClientOrigin origin,
      JoinGroupRequestData request,
      short version,
      Now now,
      Reply<JoinGroupResponseData> reply) {
    Effects effects = new Effects();
    joinGroup.handle(origin, request, version, now, reply, effects);
    return effects;
  }

  public Effects sync(SyncGroupRequestData request, Now now, Reply<SyncGroupResponseData> reply) {
    Effects effects = new Effects();
    syncGroup.handle(request, now, reply, effects);
    return effects;
  }

  public Effects heartbeat(
      HeartbeatRequestData request, Now now, Reply<HeartbeatResponseData> reply) {
    Effects effects = new Effects();
    membership.heartbeat(request, now, reply, effects);
    return effects;
  }

  /** Members in the list form of version 3, also for older requests. */
  public Effects leave(
      LeaveGroupRequestData request, Now now, Reply<LeaveGroupResponseData> reply) {
    Effects effects = new Effects();
    membership.leave(request, now, reply, effects);
    return effects;
  }

  /** Topics by name, and only those that exist. */
  public Effects commitOffsets(
      OffsetCommitRequestData request, Now now, Reply<OffsetCommitResponseData> reply) {
    Effects effects = new Effects();
    offsets.commit(request, now, reply, effects);
    return effects;
  }

  public Effects fetchOffsets(
      OffsetFetchRequestGroup request, Reply<OffsetFetchResponseGroup> reply) {
    Effects effects = new Effects();
    offsets.fetch(request, reply, effects);
    return effects;
  }

  public Effects deleteOffsets(
      OffsetDeleteRequestData request, Now now, Reply<OffsetDeleteResponseData> reply) {
    Effects effects = new Effects();
    offsets.delete(request, now, reply, effects);
    return effects;
  }

  /** Filters in lower case; an empty one lets everything pass. */
  public Effects listGroups(Set<String> states, Set<String> types, Reply<List<ListedGroup>> reply) {
    Effects effects = new Effects();
    administration.list(states, types, reply, effects);
    return effects;
  }

  public Effects describeGroup(String groupId, Reply<DescribedGroup> reply) {
    Effects effects = new Effects();
    administration.describe(groupId, reply, effects);
    return effects;
  }

  public Effects deleteGroup(String groupId, Now now, Reply<DeletableGroupResult> reply) {
    Effects effects = new Effects();
    administration.delete(groupId, now, reply, effects);
    return effects;
  }

  // ---- for people

  /** The last events of a group, oldest first; empty for an unknown one. */
  public List<GroupEvent> events(String groupId) {
    Group group = shard.group(groupId);
    return group == null ? List.of() : group.events();
  }

  public Counts counts() {
    Map<GroupState, Integer> byState = new TreeMap<>();
    int kept = 0;
    for (Group group : shard.groups.values()) {
      byState.merge(group.state(), 1, Integer::sum);
      for (Map<Integer, CommittedOffset> topic : group.offsets().values()) {
        kept += topic.size();
      }
    }
    return new Counts(shard.groups.size(), kept, Map.copyOf(byState));
  }
}
