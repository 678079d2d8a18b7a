package io.ottla.coordination.group;

import io.ottla.coordination.group.TimerQueue.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Removes what nobody uses: offsets past their retention and then groups with neither members nor
 * offsets. Runs every {@code expiryIntervalMs}; one run writes at most {@link #MAX_TOMBSTONES}
 * records and is followed at once by the next when there is more.
 */
final class OffsetExpiry {
  static final int MAX_TOMBSTONES = 5_000;

  private final ShardContext shard;
  private final Timer timer = new Timer(TimerQueue.Kind.EXPIRY, null, "");

  OffsetExpiry(ShardContext shard) {
    this.shard = shard;
  }

  void start(Now now) {
    shard.timers.set(timer, now.monotonicMs() + shard.config.expiryIntervalMs());
  }

  void run(Effects effects, Now now) {
    for (Group group : List.copyOf(shard.groups.values())) {
      expire(group, effects, now);
      shard.forgetIfVoid(group, now);
      if (effects.records().size() >= MAX_TOMBSTONES) {
        effects.allowSplit();
        shard.timers.set(timer, now.monotonicMs() + 100);
        return;
      }
    }
    effects.allowSplit();
    start(now);
  }

  private void expire(Group group, Effects effects, Now now) {
    List<GroupRecord> tombstones = new ArrayList<>();
    Optional<Set<String>> subscribed = Optional.empty();
    if (!group.members.isEmpty()) {
      subscribed = group.is(GroupState.STABLE) ? group.subscribedTopics() : Optional.empty();
      if (subscribed.isEmpty()) {
        return;
      }
    }
    int left = 0;
    for (Map.Entry<String, Map<Integer, CommittedOffset>> topic : group.offsets().entrySet()) {
      boolean inUse = subscribed.isPresent() && subscribed.get().contains(topic.getKey());
      for (Map.Entry<Integer, CommittedOffset> entry : topic.getValue().entrySet()) {
        if (!inUse && expired(group, entry.getValue(), now)) {
          tombstones.add(new GroupRecord.Offset(group.id, topic.getKey(), entry.getKey(), null));
        } else {
          left++;
        }
      }
    }
    if (!tombstones.isEmpty()) {
      group.event(now, "offsets expired", "", tombstones.size() + " partitions, by retention");
      tombstones.forEach(effects::append);
    }
    boolean gone =
        left == 0
            && group.is(GroupState.EMPTY)
            && group.pendingMembers.isEmpty()
            && group.stored() != null;
    if (gone) {
      effects.append(new GroupRecord.Metadata(group.id, null));
    }
  }

  private boolean expired(Group group, CommittedOffset offset, Now now) {
    if (offset.expireTimestampMs() >= 0) {
      return now.wallMs() >= offset.expireTimestampMs();
    }
    boolean simple = group.protocolType.isEmpty();
    boolean sinceEmpty = !simple && group.is(GroupState.EMPTY);
    long since =
        sinceEmpty
            ? Math.max(group.stateTimestampMs, offset.commitTimestampMs())
            : offset.commitTimestampMs();
    return now.wallMs() - since >= shard.config.offsetsRetentionMs();
  }
}
