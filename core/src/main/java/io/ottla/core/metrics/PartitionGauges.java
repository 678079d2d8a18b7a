package io.ottla.core.metrics;

import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.log.PartitionLog;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/**
 * Gauges of each hosted partition and its log. They follow the partitions at {@link #tick()}, so
 * that creating thousands of partitions does not wait for JMX. Used by one thread at a time.
 */
public final class PartitionGauges {
  private static final int MOST_PER_TICK = 2_000;
  private static final String[] LOG_NAMES = {
    "Size", "LogStartOffset", "LogEndOffset", "NumLogSegments"
  };
  private static final String[] PARTITION_NAMES = {
    "UnderReplicated",
    "InSyncReplicasCount",
    "ReplicasCount",
    "UnderMinIsr",
    "AtMinIsr",
    "LastStableOffsetLag"
  };

  private final BrokerMetrics metrics;
  private final Partitions partitions;
  private final BrokerTopicMetrics topics;
  private final Map<TopicPartition, Partition> registered = new HashMap<>();

  public PartitionGauges(BrokerMetrics metrics, Partitions partitions, BrokerTopicMetrics topics) {
    this.metrics = metrics;
    this.partitions = partitions;
    this.topics = topics;
  }

  /**
   * Registers gauges of new partitions, a bounded number at a time, and removes those of partitions
   * that are gone.
   */
  public void tick() {
    int budget = MOST_PER_TICK;
    Set<TopicPartition> present = new HashSet<>();
    Set<String> topicsPresent = new HashSet<>();
    for (Partition partition : partitions.all()) {
      TopicPartition name = partition.topicPartition();
      present.add(name);
      topicsPresent.add(name.topic());
      if (registered.get(name) != partition && budget > 0) {
        budget--;
        register(name, partition);
        registered.put(name, partition);
      }
    }
    Iterator<TopicPartition> names = registered.keySet().iterator();
    while (names.hasNext()) {
      TopicPartition name = names.next();
      if (!present.contains(name)) {
        remove(name);
        names.remove();
      }
    }
    for (String topic : topics.topicNames()) {
      if (!topicsPresent.contains(topic)) {
        topics.removeTopic(topic);
      }
    }
  }

  private void register(TopicPartition name, Partition partition) {
    log(name, "Size", partition, PartitionLog::sizeInBytes);
    log(name, "LogStartOffset", partition, PartitionLog::startOffset);
    log(name, "LogEndOffset", partition, PartitionLog::endOffset);
    log(name, "NumLogSegments", partition, PartitionLog::segmentCount);
    partition(name, "UnderReplicated", () -> partition.isUnderReplicated() ? 1 : 0);
    partition(name, "InSyncReplicasCount", () -> partition.isLeader() ? partition.isr().size() : 0);
    partition(name, "ReplicasCount", () -> partition.isLeader() ? partition.replicas().size() : 0);
    partition(name, "UnderMinIsr", () -> partition.isUnderMinIsr() ? 1 : 0);
    partition(
        name,
        "AtMinIsr",
        () ->
            partition.isLeader() && partition.isr().size() == partition.minInsyncReplicas()
                ? 1
                : 0);
    partition(
        name,
        "LastStableOffsetLag",
        () -> Math.max(0, partition.highWatermark() - partition.lastStableOffset()));
  }

  private void log(
      TopicPartition name, String metric, Partition partition, ToLongFunction<PartitionLog> value) {
    metrics.gauge(
        logName(name, metric),
        () -> {
          PartitionLog log = partition.log();
          return log == null ? 0L : value.applyAsLong(log);
        });
  }

  private void partition(TopicPartition name, String metric, Supplier<? extends Number> value) {
    metrics.gauge(partitionName(name, metric), value);
  }

  private void remove(TopicPartition name) {
    for (String metric : LOG_NAMES) {
      metrics.remove(logName(name, metric));
    }
    for (String metric : PARTITION_NAMES) {
      metrics.remove(partitionName(name, metric));
    }
  }

  private static String logName(TopicPartition name, String metric) {
    return name("kafka.log", "Log", name, metric);
  }

  private static String partitionName(TopicPartition name, String metric) {
    return name("kafka.cluster", "Partition", name, metric);
  }

  private static String name(String domain, String type, TopicPartition name, String metric) {
    return MetricNames.of(
        domain,
        type,
        metric,
        "topic",
        name.topic(),
        "partition",
        Integer.toString(name.partition()));
  }
}
