package io.ottla.coordination.cluster;

import java.util.List;
import java.util.Map;

/**
 * A topic to create.
 *
 * @param name name, checked against Kafka's rules
 * @param partitions how many; ignored when there are assignments
 * @param replicationFactor replicas of each; ignored when there are assignments
 * @param assignments replicas of each partition, the preferred leader first; empty means that the
 *     controller places them
 * @param config overrides, already validated by the caller
 */
public record NewTopicSpec(
    String name,
    int partitions,
    short replicationFactor,
    List<List<Integer>> assignments,
    Map<String, String> config) {
  public NewTopicSpec {
    assignments = assignments.stream().map(List::copyOf).toList();
    config = Map.copyOf(config);
  }
}
