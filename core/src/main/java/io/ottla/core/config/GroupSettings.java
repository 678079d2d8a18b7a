package io.ottla.core.config;

import java.time.Duration;

/** Consumer groups and the topic that keeps their offsets. */
public record GroupSettings(
    int minSessionTimeoutMs,
    int maxSessionTimeoutMs,
    int initialRebalanceDelayMs,
    int maxSize,
    int offsetMetadataMaxBytes,
    int loadBufferBytes,
    short offsetsReplicationFactor,
    int offsetsPartitions,
    int offsetsSegmentBytes,
    int offsetsCompressionCodec,
    Duration offsetsRetention,
    Duration offsetsRetentionCheckInterval,
    int commitTimeoutMs,
    int coordinatorThreads) {

  static GroupSettings from(BrokerValues values) {
    int min = values.intValue("group.min.session.timeout.ms");
    int max = values.intValue("group.max.session.timeout.ms");
    if (min > max) {
      values.problem(
          "group.min.session.timeout.ms", "lower it to group.max.session.timeout.ms=" + max);
    }
    return new GroupSettings(
        min,
        max,
        values.intValue("group.initial.rebalance.delay.ms"),
        values.intValue("group.max.size"),
        values.intValue("offset.metadata.max.bytes"),
        values.intValue("offsets.load.buffer.size"),
        values.shortValue("offsets.topic.replication.factor"),
        values.intValue("offsets.topic.num.partitions"),
        values.intValue("offsets.topic.segment.bytes"),
        values.intValue("offsets.topic.compression.codec"),
        Duration.ofMinutes(values.intValue("offsets.retention.minutes")),
        Duration.ofMillis(values.longValue("offsets.retention.check.interval.ms")),
        values.intValue("offsets.commit.timeout.ms"),
        values.intValue("group.coordinator.threads"));
  }
}
