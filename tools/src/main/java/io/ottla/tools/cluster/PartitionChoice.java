package io.ottla.tools.cluster;

import io.ottla.tools.cli.ToolException;
import io.ottla.tools.cli.TopicFilter;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses partitions: {@code 3}, {@code 1-3} (1 and 2), {@code 2-} (from 2) and {@code -2} (0 and
 * 1) of topics.
 *
 * @param topics which topics
 * @param ranges which of their partitions; empty for all
 */
record PartitionChoice(TopicFilter topics, List<Range> ranges) {
  /** Partitions from {@code from}, included, to {@code to}, excluded. */
  record Range(int from, int to) {
    boolean contains(int partition) {
      return partition >= from && partition < to;
    }
  }

  boolean accepts(String topic, int partition) {
    return topics.accepts(topic)
        && (ranges.isEmpty() || ranges.stream().anyMatch(r -> r.contains(partition)));
  }

  /** {@code --topic} and {@code --partitions}; either may be null. */
  static List<PartitionChoice> of(String topic, String partitions, boolean excludeInternal) {
    List<Range> ranges = new ArrayList<>();
    if (partitions != null && !partitions.isBlank()) {
      for (String range : partitions.split(",", -1)) {
        ranges.add(range(range.strip()));
      }
    }
    return List.of(new PartitionChoice(TopicFilter.of(topic, excludeInternal), ranges));
  }

  /**
   * {@code --topic-partitions}: {@code topic:range} separated by commas, either part may be
   * missing.
   */
  static List<PartitionChoice> ofList(String list, boolean excludeInternal) {
    List<PartitionChoice> choices = new ArrayList<>();
    for (String item : list.split(",", -1)) {
      String[] parts = item.strip().split(":", 2);
      TopicFilter topics = TopicFilter.of(parts[0].isEmpty() ? null : parts[0], excludeInternal);
      List<Range> ranges =
          parts.length < 2 || parts[1].isEmpty() ? List.of() : List.of(range(parts[1]));
      choices.add(new PartitionChoice(topics, ranges));
    }
    return choices;
  }

  private static Range range(String text) {
    try {
      int dash = text.indexOf('-');
      if (dash < 0) {
        int partition = Integer.parseInt(text);
        return new Range(partition, partition + 1);
      }
      String from = text.substring(0, dash);
      String to = text.substring(dash + 1);
      if (from.isEmpty() && to.isEmpty()) {
        throw new NumberFormatException("no number");
      }
      return new Range(
          from.isEmpty() ? 0 : Integer.parseInt(from),
          to.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(to));
    } catch (NumberFormatException e) {
      throw new ToolException(
          "'" + text + "' is not a partition or a range such as 0, 1-3, 2- or -2", e);
    }
  }
}
