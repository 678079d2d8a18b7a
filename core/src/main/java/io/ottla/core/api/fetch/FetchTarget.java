package io.ottla.core.api.fetch;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;

/**
 * One partition of a fetch, and what a session remembers of it between two requests.
 *
 * <p>Mutable; guarded by its {@link FetchSession}, or owned by the single request when there is no
 * session.
 */
final class FetchTarget {

  /**
   * What identifies a partition in a session: the id where the client speaks ids, else the name.
   */
  record Key(String name, Uuid topicId, int partition) {}

  private static final long NEVER_SENT = -1;

  private final Key key;
  private int maxBytes;
  private long fetchOffset;
  private int currentLeaderEpoch;
  private int lastFetchedEpoch;
  private long followerLogStart;
  private long sentHighWatermark = NEVER_SENT;
  private long sentLogStart = NEVER_SENT;

  FetchTarget(Key key, FetchPartition from) {
    this.key = key;
    update(from);
  }

  void update(FetchPartition from) {
    maxBytes = from.partitionMaxBytes();
    fetchOffset = from.fetchOffset();
    currentLeaderEpoch = from.currentLeaderEpoch();
    lastFetchedEpoch = from.lastFetchedEpoch();
    followerLogStart = from.logStartOffset();
  }

  Key key() {
    return key;
  }

  /** The name the client gave; null when it speaks topic ids. */
  String name() {
    return key.name();
  }

  Uuid topicId() {
    return key.topicId();
  }

  int partition() {
    return key.partition();
  }

  int maxBytes() {
    return maxBytes;
  }

  long fetchOffset() {
    return fetchOffset;
  }

  int currentLeaderEpoch() {
    return currentLeaderEpoch;
  }

  int lastFetchedEpoch() {
    return lastFetchedEpoch;
  }

  long followerLogStart() {
    return followerLogStart;
  }

  /** Whether an incremental answer must name this partition although it carries no records. */
  boolean changedSinceSent(long highWatermark, long logStart) {
    return highWatermark != sentHighWatermark || logStart != sentLogStart;
  }

  void sent(long highWatermark, long logStart) {
    sentHighWatermark = highWatermark;
    sentLogStart = logStart;
  }

  /** After an error the next answer names the partition again, so the client sees it clear. */
  void sentError() {
    sentHighWatermark = NEVER_SENT;
  }
}
