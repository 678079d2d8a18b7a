package io.ottla.core.partition;

/**
 * Learns which partitions this broker leads. Called outside of all locks, per partition in order,
 * on the executor that applies images; must not block.
 */
public interface LeadershipListener {
  /** This broker now serves the partition in this epoch. */
  void becameLeader(Partition partition, int leaderEpoch);

  /** This broker no longer leads the partition in this epoch. */
  void resigned(Partition partition, int leaderEpoch);
}
