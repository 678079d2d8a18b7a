package io.ottla.tools.groups;

import io.ottla.tools.cli.ToolException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Computes the offsets that a reset sets; every result lies between the log's start and end. */
final class ResetPlan {
  private final GroupReader reader;

  ResetPlan(GroupReader reader) {
    this.reader = reader;
  }

  Map<TopicPartition, Long> earliest(List<TopicPartition> partitions) throws InterruptedException {
    return of(partitions, OffsetSpec.earliest());
  }

  Map<TopicPartition, Long> latest(List<TopicPartition> partitions) throws InterruptedException {
    return of(partitions, OffsetSpec.latest());
  }

  /** The first offset at or after the time; the end where nothing is that new. */
  Map<TopicPartition, Long> atTime(List<TopicPartition> partitions, Instant time)
      throws InterruptedException {
    Map<TopicPartition, Long> result = latest(partitions);
    of(partitions, OffsetSpec.forTimestamp(time.toEpochMilli()))
        .forEach(
            (partition, offset) -> {
              if (offset >= 0) {
                result.put(partition, offset);
              }
            });
    return result;
  }

  /** The wanted offsets, moved into the range that exists. */
  Map<TopicPartition, Long> within(Map<TopicPartition, Long> wanted) throws InterruptedException {
    List<TopicPartition> partitions = List.copyOf(wanted.keySet());
    Map<TopicPartition, Long> starts = earliest(partitions);
    Map<TopicPartition, Long> ends = latest(partitions);
    Map<TopicPartition, Long> result = new HashMap<>();
    wanted.forEach(
        (partition, offset) ->
            result.put(partition, clamp(offset, starts.get(partition), ends.get(partition))));
    return result;
  }

  static long clamp(long offset, long start, long end) {
    return Math.max(start, Math.min(offset, end));
  }

  private Map<TopicPartition, Long> of(List<TopicPartition> partitions, OffsetSpec spec)
      throws InterruptedException {
    Map<TopicPartition, Long> result = new HashMap<>();
    reader.offsets(partitions, spec).forEach((p, info) -> result.put(p, info.offset()));
    for (TopicPartition partition : partitions) {
      if (!result.containsKey(partition)) {
        throw new ToolException(
            "The offsets of " + partition + " are not known: it has no leader or does not exist");
      }
    }
    return result;
  }

  /** {@code 2026-11-20T10:00:00.000}, UTC unless it names a zone such as {@code +01:00}. */
  static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException notZoned) {
      try {
        return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      } catch (DateTimeParseException e) {
        throw new ToolException(
            "'" + text + "' is not a time of the form YYYY-MM-DDThh:mm:ss.sss", e);
      }
    }
  }

  static Duration duration(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new ToolException("'" + text + "' is not a duration of the form PnDTnHnMnS", e);
    }
  }

  /** Lines {@code topic,partition,offset} or {@code group,topic,partition,offset}. */
  static Map<TopicPartition, Long> csv(List<String> lines, String group) {
    Map<TopicPartition, Long> result = new HashMap<>();
    for (String line : lines) {
      if (line.isBlank()) {
        continue;
      }
      String[] cells = line.strip().split(",", -1);
      int first = cells.length - 3;
      if (first < 0 || first > 1) {
        throw new ToolException("'" + line + "' is not of the form [group,]topic,partition,offset");
      }
      if (first == 1 && !cells[0].equals(group)) {
        continue;
      }
      try {
        result.put(
            new TopicPartition(cells[first], Integer.parseInt(cells[first + 1])),
            Long.parseLong(cells[first + 2]));
      } catch (NumberFormatException e) {
        throw new ToolException("'" + line + "' holds something that is not a number", e);
      }
    }
    return result;
  }

  /** {@code t} or {@code t:0,1}. */
  static Map.Entry<String, Optional<List<Integer>>> topicArgument(String text) {
    int at = text.indexOf(':');
    if (at < 0) {
      return Map.entry(text, Optional.empty());
    }
    try {
      List<Integer> partitions =
          java.util.Arrays.stream(text.substring(at + 1).split(",", -1))
              .map(Integer::valueOf)
              .toList();
      return Map.entry(text.substring(0, at), Optional.of(partitions));
    } catch (NumberFormatException e) {
      throw new ToolException("'" + text + "' is not of the form topic:0,1", e);
    }
  }
}
