package io.ottla.tools.topics;

import java.util.List;
import java.util.Map;

/**
 * A topic as the description shows it.
 *
 * @param id the topic id, or null where the broker has none
 * @param configs settings that are not the default, in order
 * @param minIsr min.insync.replicas, or null where the configuration cannot be read
 * @param partitions in order
 */
record TopicRow(
    String name,
    String id,
    boolean internal,
    Map<String, String> configs,
    Integer minIsr,
    List<PartitionRow> partitions) {

  int replicationFactor() {
    return partitions.isEmpty() ? 0 : partitions.get(0).replicationFactor();
  }
}
