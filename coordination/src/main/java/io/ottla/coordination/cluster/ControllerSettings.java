package io.ottla.coordination.cluster;

import java.time.Duration;

/**
 * What the controller must know of the broker's static configuration. Overrides of topics and
 * brokers in the image win over it.
 *
 * @param uncleanLeaderElectionDefault unclean.leader.election.enable
 * @param minInsyncReplicasDefault min.insync.replicas
 * @param autoLeaderRebalance auto.leader.rebalance.enable
 * @param imbalancePercentage leader.imbalance.per.broker.percentage
 * @param imbalanceCheckInterval leader.imbalance.check.interval.seconds
 * @param deleteTopicEnable delete.topic.enable
 */
public record ControllerSettings(
    boolean uncleanLeaderElectionDefault,
    int minInsyncReplicasDefault,
    boolean autoLeaderRebalance,
    int imbalancePercentage,
    Duration imbalanceCheckInterval,
    boolean deleteTopicEnable) {
  /** Kafka's defaults. */
  public static ControllerSettings defaults() {
    return new ControllerSettings(false, 1, true, 10, Duration.ofMinutes(5), true);
  }
}
