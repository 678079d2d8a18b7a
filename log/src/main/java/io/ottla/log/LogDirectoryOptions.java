package io.ottla.log;

import com.codahale.metrics.MetricRegistry;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;

/**
 * Broker-level settings of a log directory.
 *
 * @param clock wall clock, for file ages and producer expiry
 * @param metrics where to register flush timers; may be null
 * @param recoveryThreads threads {@link LogDirectory#loadAll} uses, at least 1
 * @param maxProducersPerLog producers remembered per log; the least recently used go first
 * @param producerIdExpirationMs idle time after which a producer is forgotten
 * @param maxDecompressedBytes most bytes one batch may decompress to where records are looked at
 */
public record LogDirectoryOptions(
    Clock clock,
    MetricRegistry metrics,
    int recoveryThreads,
    int maxProducersPerLog,
    long producerIdExpirationMs,
    long maxDecompressedBytes) {

  public LogDirectoryOptions {
    Objects.requireNonNull(clock, "clock");
    if (recoveryThreads < 1 || maxProducersPerLog < 1 || maxDecompressedBytes < 1) {
      throw new IllegalArgumentException(
          "recoveryThreads, maxProducersPerLog and maxDecompressedBytes must be at least 1: "
              + recoveryThreads
              + ", "
              + maxProducersPerLog
              + ", "
              + maxDecompressedBytes);
    }
  }

  public static LogDirectoryOptions defaults() {
    return new LogDirectoryOptions(Clock.systemUTC(), null, 1, 10_000, 86_400_000L, 16 << 20);
  }

  public LogDirectoryOptions withClock(Clock value) {
    return new LogDirectoryOptions(
        value,
        metrics,
        recoveryThreads,
        maxProducersPerLog,
        producerIdExpirationMs,
        maxDecompressedBytes);
  }

  public LogDirectoryOptions withMetrics(MetricRegistry value) {
    return new LogDirectoryOptions(
        clock,
        value,
        recoveryThreads,
        maxProducersPerLog,
        producerIdExpirationMs,
        maxDecompressedBytes);
  }

  public LogDirectoryOptions withRecoveryThreads(int value) {
    return new LogDirectoryOptions(
        clock, metrics, value, maxProducersPerLog, producerIdExpirationMs, maxDecompressedBytes);
  }

  public LogDirectoryOptions withProducers(int most, long expirationMs) {
    return new LogDirectoryOptions(
        clock, metrics, recoveryThreads, most, expirationMs, maxDecompressedBytes);
  }

  Optional<MetricRegistry> registry() {
    return Optional.ofNullable(metrics);
  }
}
