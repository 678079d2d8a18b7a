package io.ottla.core.replication;

import io.ottla.core.partition.FollowerListener;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.Deadlines;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.IntToLongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * The fetchers of one broker: one per leader and fetcher index, made when first needed and closed
 * when they have nothing left to fetch. Orders come from the partitions' role changes, on any
 * thread; the lock here is held for book-keeping only.
 */
public final class ReplicaFetchers implements FollowerListener, AutoCloseable {
  private final int selfId;
  private final LongSupplier ownBrokerEpoch;
  private final IntToLongFunction registeredEpoch;
  private final FetchChannel.Factory channels;
  private final ReplicaFetcherConfig config;
  private final Deadlines deadlines;
  private final Supplier<Executor> executors;

  private final Map<Source, Running> running = new HashMap<>();
  private final Map<TopicPartition, Assigned> assignments = new HashMap<>();
  private boolean closed;

  private record Source(int leaderId, int index) {}

  private record Assigned(Source source, Partition partition) {}

  private static final class Running {
    final ReplicaFetcher fetcher;
    int partitions;

    Running(ReplicaFetcher fetcher) {
      this.fetcher = fetcher;
    }
  }

  /**
   * @param selfId this broker
   * @param ownBrokerEpoch epoch of its registration, sent with every fetch
   * @param registeredEpoch epoch of another broker's registration, -1 when it has none
   * @param channels the way to the leaders
   * @param config limits and times
   * @param deadlines time and timeouts
   * @param executors gives each new fetcher its serial executor, such as an event loop
   */
  public ReplicaFetchers(
      int selfId,
      LongSupplier ownBrokerEpoch,
      IntToLongFunction registeredEpoch,
      FetchChannel.Factory channels,
      ReplicaFetcherConfig config,
      Deadlines deadlines,
      Supplier<Executor> executors) {
    this.selfId = selfId;
    this.ownBrokerEpoch = ownBrokerEpoch;
    this.registeredEpoch = registeredEpoch;
    this.channels = channels;
    this.config = config;
    this.deadlines = deadlines;
    this.executors = executors;
  }

  @Override
  public synchronized void follow(Partition partition, int leaderId, int leaderEpoch) {
    if (closed) {
      return;
    }
    Source source = new Source(leaderId, index(partition.topicPartition()));
    Assigned old = assignments.put(partition.topicPartition(), new Assigned(source, partition));
    if (old != null && old.source().equals(source) && old.partition() == partition) {
      running.get(source).fetcher.follow(partition, leaderEpoch);
      return;
    }
    if (old != null) {
      release(old);
    }
    Running to =
        running.computeIfAbsent(
            source,
            s ->
                new Running(
                    new ReplicaFetcher(
                        selfId,
                        s.leaderId(),
                        s.index(),
                        ownBrokerEpoch,
                        registeredEpoch,
                        channels,
                        config,
                        deadlines,
                        executors.get())));
    to.partitions++;
    to.fetcher.follow(partition, leaderEpoch);
  }

  @Override
  public synchronized void unfollow(Partition partition) {
    Assigned old = assignments.get(partition.topicPartition());
    if (old != null && old.partition() == partition) {
      assignments.remove(partition.topicPartition());
      release(old);
    }
  }

  /** Number of fetchers, for metrics. */
  public synchronized int size() {
    return running.size();
  }

  private void release(Assigned old) {
    Running from = running.get(old.source());
    from.fetcher.unfollow(old.partition());
    from.partitions--;
    if (from.partitions == 0) {
      running.remove(old.source());
      from.fetcher.close();
    }
  }

  private int index(TopicPartition partition) {
    int hash = 31 * partition.topic().hashCode() + partition.partition();
    return Math.floorMod(hash, config.fetchersPerLeader());
  }

  /** Closes all fetchers; later orders are ignored. */
  @Override
  public synchronized void close() {
    closed = true;
    Iterator<Running> all = running.values().iterator();
    while (all.hasNext()) {
      all.next().fetcher.close();
      all.remove();
    }
    assignments.clear();
  }
}
