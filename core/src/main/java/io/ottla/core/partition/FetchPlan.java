package io.ottla.core.partition;

/**
 * What one fetch wants of one partition.
 *
 * @param offset first offset wanted; a follower's is its log end offset
 * @param currentLeaderEpoch the epoch the reader believes in, -1 to skip the check
 * @param lastFetchedEpoch epoch of the record before {@code offset}, -1 when unknown
 * @param followerLogStart start of the follower's log, -1 for consumers
 * @param maxBytes most bytes to return
 * @param atLeastOneBatch whether the first batch is returned even when larger than {@code maxBytes}
 * @param isolation how far the read may go
 * @param replicaId the follower's broker id, -1 for a consumer
 * @param replicaEpoch the follower's broker epoch, -1 for a consumer
 * @param rack the consumer's rack, empty for none
 * @param nowNanos monotonic time of the fetch
 */
public record FetchPlan(
    long offset,
    int currentLeaderEpoch,
    int lastFetchedEpoch,
    long followerLogStart,
    int maxBytes,
    boolean atLeastOneBatch,
    FetchIsolation isolation,
    int replicaId,
    long replicaEpoch,
    String rack,
    long nowNanos) {

  boolean fromFollower() {
    return replicaId >= 0;
  }
}
