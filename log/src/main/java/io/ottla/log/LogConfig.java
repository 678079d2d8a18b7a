package io.ottla.log;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The topic-level settings storage uses, under Kafka's names and defaults. Immutable; a change is a
 * new value given to {@link PartitionLog#updateConfig}.
 *
 * @param segmentBytes roll before the active segment would exceed this many bytes
 * @param segmentMs roll when records of the active segment span more than this
 * @param segmentJitterMs up to this is taken off {@code segmentMs}, at random per segment
 * @param segmentIndexBytes largest size of one index file; a full index rolls the segment
 * @param indexIntervalBytes bytes of batches between two index entries
 * @param retentionMs age at which whole segments are removed, -1 for never
 * @param retentionBytes size above which the oldest segments are removed, -1 for never
 * @param fileDeleteDelayMs how long a removed segment's files stay on disk
 * @param flushMessages fsync after this many records
 * @param flushMs fsync after this long
 * @param maxMessageBytes largest accepted batch
 * @param timestampType whose clock stamps records
 * @param timestampBeforeMaxMs how far in the past a record's timestamp may lie
 * @param timestampAfterMaxMs how far in the future a record's timestamp may lie
 * @param delete whether {@code cleanup.policy} contains delete
 * @param compact whether {@code cleanup.policy} contains compact
 */
public record LogConfig(
    int segmentBytes,
    long segmentMs,
    long segmentJitterMs,
    int segmentIndexBytes,
    int indexIntervalBytes,
    long retentionMs,
    long retentionBytes,
    long fileDeleteDelayMs,
    long flushMessages,
    long flushMs,
    int maxMessageBytes,
    TimestampType timestampType,
    long timestampBeforeMaxMs,
    long timestampAfterMaxMs,
    boolean delete,
    boolean compact) {

  private static final long WEEK_MS = 7L * 24 * 60 * 60 * 1000;
  private static final LogConfig DEFAULTS =
      new LogConfig(
          1 << 30,
          WEEK_MS,
          0,
          10 * 1024 * 1024,
          4096,
          WEEK_MS,
          -1,
          60_000,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          1_048_588,
          TimestampType.CREATE_TIME,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          true,
          false);

  public LogConfig {
    atLeast("segment.bytes", segmentBytes, 14);
    atLeast("segment.ms", segmentMs, 1);
    atLeast("segment.jitter.ms", segmentJitterMs, 0);
    atLeast("segment.index.bytes", segmentIndexBytes, 4);
    atLeast("index.interval.bytes", indexIntervalBytes, 0);
    atLeast("retention.ms", retentionMs, -1);
    atLeast("file.delete.delay.ms", fileDeleteDelayMs, 0);
    atLeast("flush.messages", flushMessages, 1);
    atLeast("flush.ms", flushMs, 0);
    atLeast("max.message.bytes", maxMessageBytes, 0);
    atLeast("message.timestamp.before.max.ms", timestampBeforeMaxMs, 0);
    atLeast("message.timestamp.after.max.ms", timestampAfterMaxMs, 0);
  }

  /** Kafka's defaults. */
  public static LogConfig defaults() {
    return DEFAULTS;
  }

  /**
   * Settings by Kafka's topic config names; what is absent has its default, what storage does not
   * use is ignored.
   *
   * @throws IllegalArgumentException naming key and value when a value cannot be read
   */
  public static LogConfig of(Map<String, String> values) {
    return DEFAULTS.with(values);
  }

  /** This config with the given settings, by Kafka's names, in place of its own. */
  public LogConfig with(Map<String, String> values) {
    Set<String> policy =
        values.containsKey("cleanup.policy")
            ? Arrays.stream(values.get("cleanup.policy").split(",", -1))
                .map(String::trim)
                .filter(s -> !s.isEmpty())
                .collect(Collectors.toSet())
            : null;
    if (policy != null && !Set.of("delete", "compact").containsAll(policy)) {
      throw new IllegalArgumentException(
          "cleanup.policy=" + values.get("cleanup.policy") + ": use delete, compact or both");
    }
    String difference = values.get("message.timestamp.difference.max.ms");
    long differenceMs =
        difference == null ? -1 : number(values, "message.timestamp.difference.max.ms", 0);
    return new LogConfig(
        integer(values, "segment.bytes", segmentBytes),
        number(values, "segment.ms", segmentMs),
        number(values, "segment.jitter.ms", segmentJitterMs),
        integer(values, "segment.index.bytes", segmentIndexBytes),
        integer(values, "index.interval.bytes", indexIntervalBytes),
        number(values, "retention.ms", retentionMs),
        number(values, "retention.bytes", retentionBytes),
        number(values, "file.delete.delay.ms", fileDeleteDelayMs),
        number(values, "flush.messages", flushMessages),
        number(values, "flush.ms", flushMs),
        integer(values, "max.message.bytes", maxMessageBytes),
        type(values.get("message.timestamp.type")),
        number(
            values,
            "message.timestamp.before.max.ms",
            differenceMs >= 0 ? differenceMs : timestampBeforeMaxMs),
        number(
            values,
            "message.timestamp.after.max.ms",
            differenceMs >= 0 ? differenceMs : timestampAfterMaxMs),
        policy == null ? delete : policy.contains("delete"),
        policy == null ? compact : policy.contains("compact"));
  }

  private TimestampType type(String value) {
    if (value == null) {
      return timestampType;
    }
    return switch (value.trim()) {
      case "CreateTime" -> TimestampType.CREATE_TIME;
      case "LogAppendTime" -> TimestampType.LOG_APPEND_TIME;
      default ->
          throw new IllegalArgumentException(
              "message.timestamp.type=" + value + ": use CreateTime or LogAppendTime");
    };
  }

  private static int integer(Map<String, String> values, String key, int otherwise) {
    long value = number(values, key, otherwise);
    if (value != (int) value) {
      throw new IllegalArgumentException(key + "=" + value + " is above " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  private static long number(Map<String, String> values, String key, long otherwise) {
    String value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(value.trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + "=" + value + " is not a whole number", e);
    }
  }

  private static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(key + "=" + value + " is below " + least);
    }
  }
}
