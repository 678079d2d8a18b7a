package io.ottla.tools.topics;

import java.util.List;

/**
 * A partition as the description shows it.
 *
 * @param leader the leader's id, or null
 * @param leaderAlive whether the leader is among the live brokers
 * @param elr eligible leader replicas, or null where the broker does not tell
 * @param lastKnownElr the last known ones, or null
 * @param adding replicas a reassignment adds
 * @param removing replicas a reassignment removes
 */
record PartitionRow(
    String topic,
    int partition,
    Integer leader,
    boolean leaderAlive,
    List<Integer> replicas,
    List<Integer> isr,
    List<Integer> elr,
    List<Integer> lastKnownElr,
    List<Integer> adding,
    List<Integer> removing) {

  /** The number of replicas the partition has when no reassignment is under way. */
  int replicationFactor() {
    return replicas.size() - adding.size();
  }

  boolean isUnderReplicated() {
    return isr.size() < replicationFactor();
  }

  boolean isUnavailable() {
    return leader == null || !leaderAlive;
  }
}
