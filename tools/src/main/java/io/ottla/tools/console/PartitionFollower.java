package io.ottla.tools.console;

import io.ottla.tools.cli.TopicFilter;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives a consumer every partition of its topics, without a group, and the partitions that are
 * added later. Used by the thread that polls.
 */
final class PartitionFollower {
  private static final Duration PERIOD = Duration.ofSeconds(2);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final TopicFilter filter;
  private final StartPosition start;
  private final LongSupplier nanoTime;
  private final PrintStream notes;
  private final Set<TopicPartition> assigned = new HashSet<>();
  private long nextLook;
  private boolean started;

  /**
   * @param topic the one topic, or null
   * @param filter the topics, used when there is no single one
   * @param nanoTime a monotonic clock
   */
  PartitionFollower(
      Consumer<byte[], byte[]> consumer,
      String topic,
      TopicFilter filter,
      StartPosition start,
      LongSupplier nanoTime,
      PrintStream notes) {
    this.consumer = consumer;
    this.topic = topic;
    this.filter = filter;
    this.start = start;
    this.nanoTime = nanoTime;
    this.notes = notes;
    this.nextLook = nanoTime.getAsLong();
  }

  /** Looks for new partitions if it is time to; returns whether there is anything to poll. */
  boolean update() {
    if (nanoTime.getAsLong() - nextLook >= 0) {
      look();
      nextLook = nanoTime.getAsLong() + PERIOD.toNanos();
    }
    return !assigned.isEmpty();
  }

  private void look() {
    Set<TopicPartition> found = new HashSet<>();
    if (topic != null) {
      List<PartitionInfo> partitions = consumer.partitionsFor(topic);
      add(found, partitions == null ? List.of() : partitions);
    } else {
      Map<String, List<PartitionInfo>> topics = consumer.listTopics();
      topics.forEach(
          (name, partitions) -> {
            if (filter.accepts(name)) {
              add(found, partitions);
            }
          });
    }
    found.removeAll(assigned);
    if (!found.isEmpty()) {
      assigned.addAll(found);
      consumer.assign(assigned);
      // What was there at the start is read from where the user said; what comes later from its
      // first record.
      (started ? StartPosition.BEGINNING : start).seek(consumer, found);
    } else if (!started && topic != null && assigned.isEmpty()) {
      notes.println("The topic " + topic + " does not exist yet; waiting for it.");
    }
    started = true;
  }

  private static void add(Set<TopicPartition> target, List<PartitionInfo> partitions) {
    partitions.forEach(info -> target.add(new TopicPartition(info.topic(), info.partition())));
  }
}
