package io.ottla.core.replication;

import io.ottla.core.partition.FollowerPosition;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;

/**
 * The follower's half of an incremental fetch session (KIP-227): after a first full request only
 * what changed is listed. Costs what changes, not what is followed. Confined to one thread.
 */
final class FetchSession {
  private static final int FULL_EPOCH = 0;

  private final int maxBytesPerPartition;
  private final Map<Uuid, Map<Integer, FetchedPartition>> partitions = new HashMap<>();

  /** Whose position may differ from what the leader was told. */
  private final Set<FetchedPartition> changed = new LinkedHashSet<>();

  /** Which the leader still has in the session and shall drop. */
  private final Map<Uuid, Set<Integer>> forgotten = new HashMap<>();

  private boolean restart;
  private int id;
  private int epoch = FULL_EPOCH;
  private int size;

  FetchSession(int maxBytesPerPartition) {
    this.maxBytesPerPartition = maxBytesPerPartition;
  }

  boolean isEmpty() {
    return size == 0;
  }

  FetchedPartition get(Uuid topicId, int partition) {
    Map<Integer, FetchedPartition> ofTopic = partitions.get(topicId);
    return ofTopic == null ? null : ofTopic.get(partition);
  }

  void add(FetchedPartition added) {
    Map<Integer, FetchedPartition> ofTopic =
        partitions.computeIfAbsent(added.partition.topicId(), t -> new HashMap<>());
    FetchedPartition old = ofTopic.put(added.partition.partition(), added);
    if (old == null) {
      size++;
    } else {
      changed.remove(old);
    }
    changed.add(added);
    Set<Integer> dropped = forgotten.get(added.partition.topicId());
    if (dropped != null && dropped.remove(added.partition.partition())) {
      restart();
    }
  }

  /**
   * Starts a new session with the next request. Due whenever something the leader answered was not
   * taken over: a leader tells of a high watermark once, and believes it known from then on.
   */
  void restart() {
    restart = true;
  }

  void changed(FetchedPartition partition) {
    if (get(partition.partition.topicId(), partition.partition.partition()) == partition) {
      changed.add(partition);
    }
  }

  void remove(FetchedPartition removed) {
    Uuid topicId = removed.partition.topicId();
    Map<Integer, FetchedPartition> ofTopic = partitions.get(topicId);
    if (ofTopic == null || !ofTopic.remove(removed.partition.partition(), removed)) {
      return;
    }
    if (ofTopic.isEmpty()) {
      partitions.remove(topicId);
    }
    size--;
    changed.remove(removed);
    if (epoch != FULL_EPOCH) {
      forgotten
          .computeIfAbsent(topicId, t -> new LinkedHashSet<>())
          .add(removed.partition.partition());
    }
    removed.sent = null;
  }

  /** The session is lost: the next request starts a new one with everything. */
  void reset() {
    id = 0;
    epoch = FULL_EPOCH;
    restart = false;
    forgotten.clear();
    for (Map<Integer, FetchedPartition> ofTopic : partitions.values()) {
      for (FetchedPartition partition : ofTopic.values()) {
        partition.sent = null;
        changed.add(partition);
      }
    }
  }

  /** The leader's session id after a successful answer; 0 when it keeps no session. */
  void answered(int sessionId) {
    if (sessionId == 0) {
      reset();
    } else {
      id = sessionId;
      epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
    }
  }

  /** Lists what changed since the last request; partitions that stopped following are dropped. */
  void fill(FetchRequestData request) {
    if (restart) {
      reset();
    }
    request.setSessionId(id).setSessionEpoch(epoch);
    Map<Uuid, FetchTopic> topics = new HashMap<>();
    for (FetchedPartition partition : Set.copyOf(changed)) {
      FollowerPosition position = partition.partition.followerPosition(partition.leaderEpoch);
      if (position == null) {
        remove(partition);
        continue;
      }
      if (position.equals(partition.sent)) {
        continue;
      }
      partition.sent = position;
      topics
          .computeIfAbsent(
              partition.partition.topicId(),
              t -> new FetchTopic().setTopicId(t).setTopic(partition.partition.topic()))
          .partitions()
          .add(
              new FetchPartition()
                  .setPartition(partition.partition.partition())
                  .setCurrentLeaderEpoch(position.leaderEpoch())
                  .setFetchOffset(position.offset())
                  .setLastFetchedEpoch(position.lastEpoch())
                  .setLogStartOffset(position.logStart())
                  .setPartitionMaxBytes(maxBytesPerPartition));
    }
    changed.clear();
    request.topics().addAll(topics.values());
    forgotten.forEach(
        (topicId, numbers) -> {
          if (!numbers.isEmpty()) {
            request
                .forgottenTopicsData()
                .add(new ForgottenTopic().setTopicId(topicId).setPartitions(List.copyOf(numbers)));
          }
        });
    forgotten.clear();
  }
}
