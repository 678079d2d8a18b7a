package io.ottla.core.api.fetch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;

/**
 * The partitions of an incremental fetch session (KIP-227), in the order in which they are served.
 *
 * <p>Guarded by itself: a session normally belongs to one connection, but a client may come back on
 * another one while an old request is still parked.
 */
final class FetchSession {

  private static final int FIRST_INCREMENTAL_EPOCH = 1;

  private final int id;
  private final int replicaId;
  private final boolean byTopicId;
  private final long createdNanos;
  private final Map<FetchTarget.Key, FetchTarget> targets = new LinkedHashMap<>();
  private int nextEpoch = FIRST_INCREMENTAL_EPOCH;
  private long lastUsedNanos;

  FetchSession(int id, int replicaId, boolean byTopicId, List<FetchTarget> initial, long nowNanos) {
    this.id = id;
    this.replicaId = replicaId;
    this.byTopicId = byTopicId;
    this.createdNanos = nowNanos;
    this.lastUsedNanos = nowNanos;
    for (FetchTarget target : initial) {
      targets.put(target.key(), target);
    }
  }

  int id() {
    return id;
  }

  /**
   * Who fetches, -1 for a consumer. The session is bound to it: a follower's fetch acknowledges
   * records, so another replica must never go on with it.
   */
  int replicaId() {
    return replicaId;
  }

  boolean follower() {
    return replicaId >= 0;
  }

  boolean byTopicId() {
    return byTopicId;
  }

  long createdNanos() {
    return createdNanos;
  }

  synchronized long lastUsedNanos() {
    return lastUsedNanos;
  }

  synchronized int size() {
    return targets.size();
  }

  /**
   * Takes the changes of an incremental request and steps the epoch, which never becomes 0; false
   * and nothing taken when the request does not carry the epoch that is due.
   */
  synchronized boolean advance(FetchRequestData body, long nowNanos) {
    if (body.sessionEpoch() != nextEpoch) {
      return false;
    }
    lastUsedNanos = nowNanos;
    nextEpoch = nextEpoch == Integer.MAX_VALUE ? FIRST_INCREMENTAL_EPOCH : nextEpoch + 1;
    for (ForgottenTopic forgotten : body.forgottenTopicsData()) {
      for (int partition : forgotten.partitions()) {
        targets.remove(key(forgotten.topic(), forgotten.topicId(), partition));
      }
    }
    for (FetchTopic topic : body.topics()) {
      for (FetchPartition partition : topic.partitions()) {
        FetchTarget.Key key = key(topic.topic(), topic.topicId(), partition.partition());
        FetchTarget known = targets.get(key);
        if (known == null) {
          targets.put(key, new FetchTarget(key, partition));
        } else {
          known.update(partition);
        }
      }
    }
    return true;
  }

  synchronized List<FetchTarget> targets() {
    return new ArrayList<>(targets.values());
  }

  /** A partition that returned data goes to the end, so that a small budget serves all in turn. */
  synchronized void moveToEnd(FetchTarget target) {
    if (targets.remove(target.key(), target)) {
      targets.put(target.key(), target);
    }
  }

  private FetchTarget.Key key(String name, Uuid topicId, int partition) {
    return byTopicId
        ? new FetchTarget.Key(null, topicId, partition)
        : new FetchTarget.Key(name, Uuid.ZERO_UUID, partition);
  }
}
