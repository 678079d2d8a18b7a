package io.ottla.core.broker;

import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.LogSettings;
import io.ottla.core.metrics.BrokerMetrics;
import io.ottla.core.metrics.PartitionGauges;
import io.ottla.core.metrics.ReplicaGauges;
import io.ottla.core.partition.Partitions;
import io.ottla.core.waiting.Deadlines;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** The periodic work of a broker and how often it is done. */
record MaintenancePlan(
    BrokerConfig config,
    Partitions partitions,
    BrokerMetrics metrics,
    ReplicaGauges replicaGauges,
    PartitionGauges partitionGauges,
    Deadlines deadlines,
    Clock clock) {
  private static final Duration FLUSH_CHECK = Duration.ofSeconds(1);
  private static final Duration FILE_CHECK = Duration.ofMinutes(1);
  private static final Duration FIRST_GAUGES = Duration.ofSeconds(1);

  /** Starts it; it ends with the pool. */
  void startOn(ScheduledThreadPoolExecutor pool) {
    LogSettings logs = config.logs();
    every(
        pool,
        "high watermark checkpoint",
        config.replication().highWatermarkCheckpointInterval(),
        partitions::checkpointHighWatermarks);
    every(
        pool,
        "recovery point and log start checkpoint",
        shorter(logs.recoveryPointCheckpointInterval(), logs.startOffsetCheckpointInterval()),
        partitions::checkpointLogs);
    every(
        pool,
        "ISR check",
        config.replication().lagTimeMax().dividedBy(2),
        () -> partitions.checkIsr(deadlines.nanoTime()));
    every(
        pool,
        "flush check",
        shorter(logs.flushCheckInterval(), FLUSH_CHECK),
        () -> partitions.flushIfDue(clock.millis()));
    every(
        pool,
        "removal of deleted files",
        shorter(logs.retentionCheckInterval(), FILE_CHECK),
        () -> partitions.deleteExpiredFiles(clock.millis()));
    BrokerThreads.repeat(
        pool,
        "retention check",
        shorter(logs.initialTaskDelay(), logs.retentionCheckInterval()),
        shorter(logs.retentionCheckInterval(), logs.producerIdExpirationCheckInterval()),
        () -> partitions.applyRetention(clock.millis()));
    Duration tick = Duration.ofSeconds(BrokerMetrics.TICK_SECONDS);
    every(
        pool,
        "metrics",
        tick,
        () -> {
          replicaGauges.tick();
          metrics.tick();
        });
    if (config.jmx()) {
      BrokerThreads.repeat(pool, "partition gauges", FIRST_GAUGES, tick, partitionGauges::tick);
    }
  }

  private static void every(
      ScheduledThreadPoolExecutor pool, String name, Duration interval, BrokerThreads.Task task) {
    BrokerThreads.repeat(pool, name, interval, interval, task);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
