package io.ottla.core.metrics;

import com.codahale.metrics.Meter;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.core.partition.ReplicationCounters;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * What the replicas of this broker look like together. One look at all of them serves the gauges of
 * a second. Thread-safe.
 */
public final class ReplicaGauges {
  private static final long FRESH_NANOS = 1_000_000_000L;

  private record Counts(
      long takenAtNanos,
      int partitions,
      int leaders,
      int underReplicated,
      int underMinIsr,
      int atMinIsr,
      int offline,
      int producers) {}

  private final Partitions partitions;
  private final LongSupplier nanoTime;
  private final Meter shrinks;
  private final Meter expands;
  private final Meter failedUpdates;
  private volatile Counts counts;

  public ReplicaGauges(BrokerMetrics metrics, Partitions partitions, LongSupplier nanoTime) {
    this.partitions = partitions;
    this.nanoTime = nanoTime;
    this.counts = count();
    this.shrinks = metrics.meter(name("IsrShrinksPerSec"));
    this.expands = metrics.meter(name("IsrExpandsPerSec"));
    this.failedUpdates = metrics.meter(name("FailedIsrUpdatesPerSec"));
    gauge(metrics, "PartitionCount", Counts::partitions);
    gauge(metrics, "LeaderCount", Counts::leaders);
    gauge(metrics, "UnderReplicatedPartitions", Counts::underReplicated);
    gauge(metrics, "UnderMinIsrPartitionCount", Counts::underMinIsr);
    gauge(metrics, "AtMinIsrPartitionCount", Counts::atMinIsr);
    gauge(metrics, "OfflineReplicaCount", Counts::offline);
    gauge(metrics, "ProducerIdCount", Counts::producers);
  }

  private static String name(String name) {
    return MetricNames.of("kafka.server", "ReplicaManager", name);
  }

  private void gauge(BrokerMetrics metrics, String name, ToLongFunction<Counts> value) {
    metrics.gauge(name(name), () -> value.applyAsLong(current()));
  }

  /**
   * Takes over what was counted since the last call. Called by one thread at a time, before the
   * rates are brought forward.
   */
  public void tick() {
    ReplicationCounters counters = partitions.counters();
    advance(shrinks, counters.isrShrinks());
    advance(expands, counters.isrExpands());
    advance(failedUpdates, counters.failedIsrUpdates());
  }

  private static void advance(Meter meter, long total) {
    meter.mark(total - meter.getCount());
  }

  private Counts current() {
    Counts last = counts;
    if (nanoTime.getAsLong() - last.takenAtNanos() > FRESH_NANOS) {
      last = count();
      counts = last;
    }
    return last;
  }

  private Counts count() {
    int all = 0;
    int leaders = 0;
    int underReplicated = 0;
    int underMinIsr = 0;
    int atMinIsr = 0;
    int offline = 0;
    int producers = 0;
    for (Partition partition : partitions.all()) {
      all++;
      if (partition.isOffline()) {
        offline++;
        continue;
      }
      if (partition.isLeader()) {
        leaders++;
        underReplicated += partition.isUnderReplicated() ? 1 : 0;
        underMinIsr += partition.isUnderMinIsr() ? 1 : 0;
        atMinIsr += partition.isr().size() == partition.minInsyncReplicas() ? 1 : 0;
      }
      var log = partition.log();
      producers += log == null ? 0 : log.producerCount();
    }
    return new Counts(
        nanoTime.getAsLong(),
        all,
        leaders,
        underReplicated,
        underMinIsr,
        atMinIsr,
        offline,
        producers);
  }
}
