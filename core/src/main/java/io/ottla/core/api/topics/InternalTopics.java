package io.ottla.core.api.topics;

import io.ottla.core.config.GroupSettings;
import io.ottla.core.config.TransactionSettings;
import java.util.Map;
import java.util.Optional;

/**
 * The topics in which coordinators keep their state, and how they are created.
 *
 * @param offsets group offsets and memberships
 * @param transactions states of transactions
 */
public record InternalTopics(Plan offsets, Plan transactions) {

  /** Name of the topic of group coordinators. */
  public static final String CONSUMER_OFFSETS = "__consumer_offsets";

  /** Name of the topic of transaction coordinators. */
  public static final String TRANSACTION_STATE = "__transaction_state";

  /**
   * How one of them is created.
   *
   * @param replicationFactor wanted; fewer live brokers give fewer replicas
   * @param minInsyncReplicas 0 for the broker's own default
   */
  public record Plan(
      int partitions, short replicationFactor, int segmentBytes, int minInsyncReplicas) {}

  /** As the broker's settings say. */
  public static InternalTopics of(GroupSettings groups, TransactionSettings transactions) {
    return new InternalTopics(
        new Plan(
            groups.offsetsPartitions(),
            groups.offsetsReplicationFactor(),
            groups.offsetsSegmentBytes(),
            0),
        new Plan(
            transactions.partitions(),
            transactions.replicationFactor(),
            transactions.segmentBytes(),
            transactions.minIsr()));
  }

  /** Whether the cluster keeps its own state in a topic of this name. */
  public static boolean isInternal(String topic) {
    return topic.equals(CONSUMER_OFFSETS) || topic.equals(TRANSACTION_STATE);
  }

  /** The plan of an internal topic; empty for any other. */
  public Optional<Plan> plan(String topic) {
    return switch (topic) {
      case CONSUMER_OFFSETS -> Optional.of(offsets);
      case TRANSACTION_STATE -> Optional.of(transactions);
      default -> Optional.empty();
    };
  }

  /**
   * The topic's own configuration.
   *
   * @param replicationFactor what it will really have: min.insync.replicas never exceeds it, or
   *     nothing could be written
   */
  Map<String, String> config(String topic, Plan plan, short replicationFactor) {
    String segment = Integer.toString(plan.segmentBytes());
    if (topic.equals(CONSUMER_OFFSETS)) {
      return Map.of(
          "cleanup.policy", "compact", "compression.type", "producer", "segment.bytes", segment);
    }
    int minInsync = Math.max(1, Math.min(plan.minInsyncReplicas(), replicationFactor));
    return Map.of(
        "cleanup.policy",
        "compact",
        "compression.type",
        "uncompressed",
        "segment.bytes",
        segment,
        "min.insync.replicas",
        Integer.toString(minInsync),
        "unclean.leader.election.enable",
        "false");
  }
}
