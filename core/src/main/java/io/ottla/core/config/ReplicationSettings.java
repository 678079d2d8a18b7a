package io.ottla.core.config;

import java.time.Duration;

/** How followers follow and when they count as in sync. Sizes in bytes. */
public record ReplicationSettings(
    Duration lagTimeMax,
    int fetchers,
    int fetchMaxBytes,
    int fetchResponseMaxBytes,
    Duration fetchWaitMax,
    int fetchMinBytes,
    Duration fetchBackoff,
    Duration socketTimeout,
    Duration highWatermarkCheckpointInterval,
    boolean rackAwareReads) {

  static ReplicationSettings from(BrokerValues values) {
    long lag = values.longValue("replica.lag.time.max.ms");
    int wait = values.intValue("replica.fetch.wait.max.ms");
    if (wait > lag) {
      values.problem("replica.fetch.wait.max.ms", "lower it to replica.lag.time.max.ms=" + lag);
    }
    int socketTimeout = values.intValue("replica.socket.timeout.ms");
    if (socketTimeout < wait) {
      values.problem("replica.socket.timeout.ms", "raise it to replica.fetch.wait.max.ms=" + wait);
    }
    return new ReplicationSettings(
        Duration.ofMillis(lag),
        values.intValue("num.replica.fetchers"),
        values.intValue("replica.fetch.max.bytes"),
        values.intValue("replica.fetch.response.max.bytes"),
        Duration.ofMillis(wait),
        values.intValue("replica.fetch.min.bytes"),
        Duration.ofMillis(values.intValue("replica.fetch.backoff.ms")),
        Duration.ofMillis(socketTimeout),
        Duration.ofMillis(values.longValue("replica.high.watermark.checkpoint.interval.ms")),
        rackAware(values));
  }

  private static boolean rackAware(BrokerValues values) {
    String selector = values.optionalString("replica.selector.class").orElse("");
    boolean rackAware = selector.endsWith("RackAwareReplicaSelector");
    if (!selector.isEmpty() && !rackAware && !selector.endsWith("LeaderSelector")) {
      values.problem(
          "replica.selector.class",
          "use org.apache.kafka.common.replica.RackAwareReplicaSelector or remove it: classes of"
              + " one's own are not loaded");
    }
    return rackAware;
  }
}
