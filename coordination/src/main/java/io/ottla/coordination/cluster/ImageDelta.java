package io.ottla.coordination.cluster;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * What differs between two successive images.
 *
 * @param partitions partitions created, or whose state or assignment changed; those of a topic
 *     re-created under its old name included
 * @param removedTopics names and ids of topics that are gone; the name may already belong to a new
 *     topic
 * @param brokers some registration appeared, vanished or changed
 * @param controller controller id or epoch changed
 * @param topicConfigs topics whose overrides changed
 * @param brokerConfigs overrides of some broker, or the default for all, changed
 */
public record ImageDelta(
    Set<TopicPartition> partitions,
    Map<String, Uuid> removedTopics,
    boolean brokers,
    boolean controller,
    Set<String> topicConfigs,
    boolean brokerConfigs) {
  public ImageDelta {
    partitions = Collections.unmodifiableSet(partitions);
    removedTopics = Collections.unmodifiableMap(removedTopics);
    topicConfigs = Collections.unmodifiableSet(topicConfigs);
  }

  public boolean isEmpty() {
    return partitions.isEmpty()
        && removedTopics.isEmpty()
        && !brokers
        && !controller
        && topicConfigs.isEmpty()
        && !brokerConfigs;
  }

  /** Compares everything; topics shared by both images cost one comparison of references each. */
  public static ImageDelta between(ClusterImage previous, ClusterImage current) {
    Set<String> names = new HashSet<>(current.topicNames());
    names.addAll(previous.topicNames());
    Set<String> configs = new HashSet<>(current.topicConfigNames());
    configs.addAll(previous.topicConfigNames());
    return between(previous, current, names, configs);
  }

  /**
   * Compares only the named topics and topic configurations, and everything that is not a topic.
   */
  static ImageDelta between(
      ClusterImage previous, ClusterImage current, Set<String> topics, Set<String> topicConfigs) {
    Set<TopicPartition> partitions = new LinkedHashSet<>();
    Map<String, Uuid> removed = new LinkedHashMap<>();
    for (String name : topics) {
      compare(previous.topic(name), current.topic(name), partitions, removed);
    }
    Set<String> changedConfigs = new LinkedHashSet<>();
    for (String name : topicConfigs) {
      if (!previous.topicConfig(name).equals(current.topicConfig(name))) {
        changedConfigs.add(name);
      }
    }
    return new ImageDelta(
        partitions,
        removed,
        !previous.brokers().equals(current.brokers()),
        previous.controllerId() != current.controllerId()
            || previous.controllerEpoch() != current.controllerEpoch(),
        changedConfigs,
        !current.sameBrokerConfigs(previous));
  }

  private static void compare(
      TopicImage before,
      TopicImage after,
      Set<TopicPartition> partitions,
      Map<String, Uuid> removed) {
    if (Objects.equals(before, after)) { // a shared record is equal at the first comparison
      return;
    }
    boolean same = before != null && after != null && before.id().equals(after.id());
    if (before != null && !same && !(after != null && before.id().equals(Uuid.ZERO_UUID))) {
      removed.put(before.name(), before.id());
    }
    if (after == null) {
      return;
    }
    boolean all = !same || before.deleting() != after.deleting();
    for (PartitionImage partition : after.partitions()) {
      PartitionImage old = all ? null : before.partition(partition.partition());
      if (!Objects.equals(old, partition)) {
        partitions.add(new TopicPartition(after.name(), partition.partition()));
      }
    }
  }
}
