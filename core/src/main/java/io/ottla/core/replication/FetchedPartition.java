package io.ottla.core.replication;

import io.ottla.core.partition.FollowerPosition;
import io.ottla.core.partition.Partition;

/** A partition a fetcher fetches. Confined to the fetcher's thread. */
final class FetchedPartition {
  final Partition partition;
  final int leaderEpoch;
  final Backoff backoff;

  /** What the last request said of it; null when the session does not have it. */
  FollowerPosition sent;

  /** Not asked for before this monotonic time. */
  long delayedUntilNanos;

  /** The leader's log range is to be looked up before the next fetch. */
  boolean needsRange;

  FetchedPartition(Partition partition, int leaderEpoch, long maxBackoffNanos) {
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
    this.backoff = new Backoff(maxBackoffNanos);
  }
}
