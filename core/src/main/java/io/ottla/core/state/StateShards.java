package io.ottla.core.state;

import io.ottla.core.partition.LeadershipListener;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.Deadlines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of one internal topic that this broker leads, each with its state. Partition p
 * belongs to thread {@code coordinator-(p mod N)}: no locks. Loading reads the log on the given
 * executor and hands the finished state to the shard's thread, so that other partitions never wait
 * for it.
 *
 * <p>Thread safe. Closed by the broker before the partitions.
 *
 * @param <S> the state
 * @param <R> its records
 */
public final class StateShards<S extends ReplicatedState<R>, R>
    implements LeadershipListener, AutoCloseable {
  /** How a set of shards works; times and sizes. */
  public record Settings(
      String topic,
      int threads,
      int loadChunkBytes,
      Duration commitTimeout,
      Duration patience,
      int maxQueuedRequests,
      int rewriteAfterRecords) {
    /** As Kafka's defaults. */
    public static Settings of(String topic, int threads) {
      return new Settings(
          topic, threads, 5 << 20, Duration.ofSeconds(5), Duration.ofMillis(500), 20_000, 50_000);
    }

    public Settings withLoadChunkBytes(int bytes) {
      return new Settings(
          topic, threads, bytes, commitTimeout, patience, maxQueuedRequests, rewriteAfterRecords);
    }

    public Settings withCommitTimeout(Duration timeout) {
      return new Settings(
          topic,
          threads,
          loadChunkBytes,
          timeout,
          patience,
          maxQueuedRequests,
          rewriteAfterRecords);
    }

    /** A log of this many records, or four times its live ones if that is more, is rewritten. */
    public Settings withRewriteAfterRecords(int records) {
      return new Settings(
          topic, threads, loadChunkBytes, commitTimeout, patience, maxQueuedRequests, records);
    }

    public Settings withPatience(Duration value) {
      return new Settings(
          topic,
          threads,
          loadChunkBytes,
          commitTimeout,
          value,
          maxQueuedRequests,
          rewriteAfterRecords);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(StateShards.class);
  private static final Duration RETRY_INTERVAL = Duration.ofMillis(10);
  private static final Duration RELOAD_DELAY = Duration.ofSeconds(5);
  private static final int MAX_PATIENT = 10_000;

  private final Settings settings;
  private final Supplier<S> states;
  private final IntPredicate ledByThisBroker;
  private final Deadlines deadlines;
  private final ShardClock clock;
  private final Executor loader;
  private final List<ShardThread> threads = new ArrayList<>();
  private final Map<Integer, StateShard<R>> shards = new ConcurrentHashMap<>();
  private final AtomicInteger patient = new AtomicInteger();
  private volatile boolean closed;

  /**
   * @param states makes the empty state of a partition
   * @param ledByThisBroker whether the image says that this broker leads a partition of the topic:
   *     requests that come before the replica knows are then held for a moment
   * @param loader may block; runs at most one task per partition at a time
   */
  public StateShards(
      Settings settings,
      Supplier<S> states,
      IntPredicate ledByThisBroker,
      Deadlines deadlines,
      ShardClock clock,
      Executor loader) {
    this.settings = settings;
    this.states = states;
    this.ledByThisBroker = ledByThisBroker;
    this.deadlines = deadlines;
    this.clock = clock;
    this.loader = loader;
    for (int i = 0; i < settings.threads(); i++) {
      threads.add(new ShardThread(i, settings.maxQueuedRequests()));
    }
  }

  // ---- leadership

  @Override
  public void becameLeader(Partition partition, int leaderEpoch) {
    if (partition.topic().equals(settings.topic())) {
      lead(partition.partition(), new PartitionStateLog(partition, leaderEpoch, deadlines));
    }
  }

  @Override
  public void resigned(Partition partition, int leaderEpoch) {
    if (partition.topic().equals(settings.topic())) {
      resign(partition.partition(), leaderEpoch);
    }
  }

  void lead(int partition, StateLog log) {
    if (closed) {
      return;
    }
    ShardThread thread = threads.get(partition % threads.size());
    StateShard<R> shard =
        new StateShard<>(
            log,
            clock,
            deadlines,
            thread,
            settings.commitTimeout().toNanos(),
            settings.rewriteAfterRecords());
    StateShard<R> now =
        shards.compute(
            partition,
            (p, old) -> {
              if (old != null && old.log().leaderEpoch() >= log.leaderEpoch()) {
                return old; // a late notice of an earlier leadership
              }
              if (old != null) {
                closeLater(old);
              }
              return shard;
            });
    if (now == shard) {
      load(shard);
    }
  }

  void resign(int partition, int leaderEpoch) {
    shards.computeIfPresent(
        partition,
        (p, shard) -> {
          if (shard.log().leaderEpoch() > leaderEpoch) {
            return shard;
          }
          closeLater(shard);
          return null;
        });
  }

  private static void closeLater(StateShard<?> shard) {
    if (!shard.thread().post(() -> shard.close(Errors.NOT_COORDINATOR))) {
      LOG.debug("{}: not unloaded, the coordinator has ended", shard.log().name());
    }
  }

  // ---- loading

  private void load(StateShard<R> shard) {
    try {
      loader.execute(() -> loadNow(shard));
    } catch (RejectedExecutionException full) {
      loadFailed(shard, full);
    }
  }

  private void loadNow(StateShard<R> shard) {
    long began = deadlines.nanoTime();
    S state = states.get();
    LogReplay<R> replay = new LogReplay<>(shard.log(), state, settings.loadChunkBytes());
    try {
      long end = replay.run(() -> closed || shard.phase() == StateShard.Phase.CLOSED);
      if (end < 0) {
        return;
      }
      if (replay.records() > 0) {
        LOG.info(
            "{}: loaded {} records in epoch {} in {} ms",
            shard.log().name(),
            replay.records(),
            shard.log().leaderEpoch(),
            (deadlines.nanoTime() - began) / 1_000_000);
      }
      post(
          shard, () -> shard.activate(state, end, replay.records(), !replay.hasOpenTransactions()));
    } catch (RuntimeException e) {
      loadFailed(shard, e);
    }
  }

  private void loadFailed(StateShard<R> shard, RuntimeException failure) {
    if (closed || !shard.log().isCurrent()) {
      return;
    }
    if (failure instanceof ApiException) {
      LOG.warn("{}: loading failed: {}", shard.log().name(), failure.getMessage());
    } else {
      LOG.error(
          "{}: loading failed; groups of this partition are unavailable, it is tried again in {} s",
          shard.log().name(),
          RELOAD_DELAY.toSeconds(),
          failure);
    }
    post(shard, shard::loadFailed);
    Deadlines.Cancellable unused =
        deadlines.schedule(
            RELOAD_DELAY.toNanos(),
            () -> {
              if (!closed && shard.log().isCurrent() && shard.phase() == StateShard.Phase.FAILED) {
                post(shard, shard::loadAgain);
                load(shard);
              }
            });
  }

  private void post(StateShard<R> shard, Runnable task) {
    if (!shard.thread().post(task)) {
      LOG.debug("{}: task dropped, the coordinator has ended", shard.log().name());
    }
  }

  // ---- requests

  /**
   * Runs an operation on the partition's thread. While the partition is being loaded, or the image
   * already says that it is led here, the request is held for a moment instead of refused.
   *
   * @param refuse gets the error to answer, on any thread
   */
  @SuppressWarnings("unchecked") // every state comes from the supplier of S
  public void submit(int partition, Function<S, Step<R>> operation, Consumer<Errors> refuse) {
    submit(
        partition,
        state -> operation.apply((S) state),
        refuse,
        deadlines.nanoTime() + settings.patience().toNanos());
  }

  private void submit(
      int partition,
      Function<ReplicatedState<R>, Step<R>> operation,
      Consumer<Errors> refuse,
      long patienceEnds) {
    StateShard<R> shard = shards.get(partition);
    if (shard != null && shard.phase() == StateShard.Phase.ACTIVE) {
      if (!shard.thread().offerRequest(() -> shard.perform(operation, refuse))) {
        refuse.accept(closed ? Errors.NOT_COORDINATOR : Errors.COORDINATOR_NOT_AVAILABLE);
      }
      return;
    }
    boolean loading = shard != null && shard.phase() == StateShard.Phase.LOADING;
    boolean expected = shard == null && ledByThisBroker.test(partition);
    if (!closed && (loading || expected) && deadlines.nanoTime() < patienceEnds) {
      if (patient.incrementAndGet() <= MAX_PATIENT) {
        Deadlines.Cancellable unused =
            deadlines.schedule(
                RETRY_INTERVAL.toNanos(),
                () -> {
                  patient.decrementAndGet();
                  submit(partition, operation, refuse, patienceEnds);
                });
        return;
      }
      patient.decrementAndGet();
    }
    Errors error = shard == null ? Errors.NOT_COORDINATOR : shard.unavailable();
    refuse.accept(error == null ? Errors.COORDINATOR_LOAD_IN_PROGRESS : error);
  }

  /** Partitions led here, loaded or not. */
  public List<Integer> partitions() {
    return List.copyOf(shards.keySet());
  }

  /** Answers whoever waits and ends the threads. */
  @Override
  public void close() {
    closed = true;
    shards.values().forEach(StateShards::closeLater);
    shards.clear();
    threads.forEach(ShardThread::close);
  }
}
