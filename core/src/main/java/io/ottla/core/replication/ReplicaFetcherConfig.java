package io.ottla.core.replication;

import java.time.Duration;

/**
 * Settings of replica fetchers.
 *
 * @param fetchersPerLeader {@code num.replica.fetchers}, at least 1
 * @param maxWait how long a leader may hold a fetch back
 * @param minBytes bytes below which it does
 * @param maxBytes most bytes of one answer
 * @param maxBytesPerPartition most bytes of one partition in it
 * @param requestTimeout {@code replica.socket.timeout.ms}
 * @param maxBackoff {@code replica.fetch.backoff.ms}: pauses after errors grow up to this
 */
public record ReplicaFetcherConfig(
    int fetchersPerLeader,
    Duration maxWait,
    int minBytes,
    int maxBytes,
    int maxBytesPerPartition,
    Duration requestTimeout,
    Duration maxBackoff) {

  /** Kafka's defaults. */
  public static ReplicaFetcherConfig defaults() {
    return new ReplicaFetcherConfig(
        1,
        Duration.ofMillis(500),
        1,
        10 * 1024 * 1024,
        1024 * 1024,
        Duration.ofSeconds(30),
        Duration.ofSeconds(1));
  }
}
