package io.ottla.core.metrics;

import io.ottla.core.partition.Partitions;
import io.ottla.log.LogDirectory;
import java.util.List;

/** Gauges of the data directories, and of partitions that were taken out of service. */
public final class StorageGauges {
  private StorageGauges() {}

  /** Registers them. */
  public static void register(
      BrokerMetrics metrics, List<LogDirectory> directories, Partitions partitions) {
    metrics.gauge(
        MetricNames.of("kafka.log", "LogManager", "OfflineLogDirectoryCount"),
        () -> directories.stream().filter(d -> d.failure().isPresent()).count());
    for (LogDirectory directory : directories) {
      metrics.gauge(
          MetricNames.of(
              "kafka.log",
              "LogManager",
              "LogDirectoryOffline",
              "logDirectory",
              directory.path().toString()),
          () -> directory.failure().isPresent() ? 1 : 0);
    }
    metrics.gauge(
        MetricNames.of(
            "kafka.server",
            "ReplicaFetcherManager",
            "FailedPartitionsCount",
            "clientId",
            "Replica"),
        () -> partitions.counters().failedPartitions());
  }
}
