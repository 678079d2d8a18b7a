package io.ottla.core.partition;

/**
 * Learns which partitions must be fetched from where. Called outside of all locks, per partition in
 * order, on the executor that applies images; must not block.
 */
public interface FollowerListener {
  /** For a broker that never follows. */
  FollowerListener NONE =
      new FollowerListener() {
        @Override
        public void follow(Partition partition, int leaderId, int leaderEpoch) {}

        @Override
        public void unfollow(Partition partition) {}
      };

  /** Fetch this partition from this leader in this epoch, in place of any earlier order. */
  void follow(Partition partition, int leaderId, int leaderEpoch);

  /** Do not fetch this partition any more. */
  void unfollow(Partition partition);
}
