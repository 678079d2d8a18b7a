package io.ottla.core.replication.simulation;

import io.ottla.coordination.InMemoryCluster;
import io.ottla.coordination.InMemoryCoordination;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.core.partition.ReadReplicaSelector;
import io.ottla.core.partition.TopicSettings;
import io.ottla.core.replication.ReplicaFetcherConfig;
import io.ottla.core.replication.ReplicaFetchers;
import io.ottla.core.waiting.Deadlines;
import io.ottla.core.waiting.ManualDeadlines;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogDirectoryOptions;
import io.ottla.log.LogSlice;
import io.ottla.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;

/** One broker: the real partitions, fetchers and logs; one queue of tasks in place of threads. */
final class SimBroker {
  static final long LAG_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final ControllerSettings CONTROLLER = ControllerSettings.defaults();
  private static final ReplicaFetcherConfig FETCHER =
      new ReplicaFetcherConfig(
          1, Duration.ofMillis(500), 1, 4096, 300, Duration.ofSeconds(4), Duration.ofMillis(500));

  private static final TopicSettings SETTINGS =
      new TopicSettings() {
        @Override
        public LogConfig logConfig(Map<String, String> overrides) {
          return LogConfig.of(overrides);
        }

        @Override
        public int minInsyncReplicas(Map<String, String> overrides) {
          return Integer.parseInt(overrides.getOrDefault("min.insync.replicas", "1"));
        }
      };

  private final int id;
  private final Path path;
  private final InMemoryCluster cluster;
  private final ManualDeadlines time;
  private SimNetwork network;
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final Deque<Runnable> diskQueue = new ArrayDeque<>();
  private int life;
  private boolean up;
  private boolean paused;
  private boolean lossy;
  private LogDirectory directory;
  private InMemoryCoordination coordination;
  private Partitions partitions;
  private ReplicaFetchers fetchers;
  private FetchService service;

  SimBroker(int id, Path path, InMemoryCluster cluster, ManualDeadlines time) {
    this.id = id;
    this.path = path;
    this.cluster = cluster;
    this.time = time;
  }

  void network(SimNetwork value) {
    network = value;
  }

  int id() {
    return id;
  }

  /** Rises with every start and every end. */
  int life() {
    return life;
  }

  boolean up() {
    return up;
  }

  boolean paused() {
    return paused;
  }

  boolean running() {
    return up && !paused;
  }

  void pause(boolean value) {
    paused = value;
  }

  Partitions partitions() {
    return partitions;
  }

  InMemoryCoordination coordination() {
    return coordination;
  }

  FetchService service() {
    return service;
  }

  /** Timers of this broker: they hand over to its queue, and die with it. */
  Deadlines deadlines() {
    int bornIn = life;
    return new Deadlines() {
      @Override
      public long nanoTime() {
        return time.nanoTime();
      }

      @Override
      public Cancellable schedule(long delayNanos, Runnable onFire) {
        return time.schedule(
            delayNanos,
            () -> {
              if (life == bornIn) {
                queue.add(onFire);
              }
            });
      }
    };
  }

  /** The replica of this topic id, null when there is none. */
  Partition partition(Uuid topicId, int partition) {
    TopicImage topic = coordination.image().topic(topicId);
    Partition found = topic == null ? null : partitions.get(topic.name(), partition);
    return found != null && found.topicId().equals(topicId) ? found : null;
  }

  void enqueue(Runnable task) {
    queue.add(task);
  }

  boolean hasWork() {
    return !queue.isEmpty() || !diskQueue.isEmpty();
  }

  /** Runs one task. */
  void work(boolean preferDisk) {
    Runnable task = preferDisk ? diskQueue.poll() : queue.poll();
    if (task == null) {
      task = preferDisk ? queue.poll() : diskQueue.poll();
    }
    if (task != null) {
      task.run();
    }
  }

  void start() {
    life++;
    up = true;
    paused = false;
    queue.clear();
    diskQueue.clear();
    directory = LogDirectory.open(path, LogDirectoryOptions.defaults());
    coordination = cluster.coordination(id, CONTROLLER);
    coordination.start();
    Deadlines deadlines = deadlines();
    InMemoryCoordination mine = coordination;
    fetchers =
        new ReplicaFetchers(
            id,
            mine::brokerEpoch,
            other -> mine.image().broker(other).map(BrokerRegistration::epoch).orElse(-1L),
            (leader, index) -> network.channel(this, leader),
            FETCHER,
            deadlines,
            () -> queue::add);
    partitions =
        new Partitions(
            id,
            mine::brokerEpoch,
            mine::writePartitionState,
            List.of(directory),
            SETTINGS,
            deadlines,
            diskQueue::add,
            LAG_NANOS,
            ReadReplicaSelector.LEADER,
            fetchers);
    service = new FetchService(this);
    mine.addListener(partitions);
    var unused =
        mine.register(
            new BrokerRegistration(
                id, -1, List.of(), Optional.empty(), "incarnation-" + id, false, !lossy));
  }

  /** The process dies; what it wrote stays. */
  void crash() {
    end();
    directory.closeUncleanly();
    cluster.crash(id);
  }

  /** The machine dies: of what was not flushed only a part, cut anywhere, is there again. */
  void losePower(Random random) {
    List<PartitionLog> logs =
        directory.logNames().stream().flatMap(n -> directory.get(n).stream()).toList();
    Map<Path, Long> keep = new HashMap<>();
    for (PartitionLog log : logs) {
      try (LogSlice unflushed =
          log.read(log.recoveryPoint(), Integer.MAX_VALUE, log.endOffset(), true)) {
        if (unflushed.size() > 0) {
          Path segment = log.directory().resolve("00000000000000000000.log");
          keep.put(segment, unflushed.position() + random.nextInt(unflushed.size()));
        }
      }
    }
    crash();
    lossy = true;
    keep.forEach(
        (segment, size) -> {
          try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.truncate(size);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** What the broker's scheduler does from time to time. */
  void maintain(boolean checkpoint) {
    partitions.checkIsr(time.nanoTime());
    if (checkpoint) {
      partitions.checkpointHighWatermarks();
    }
    if (lossy && partitions.lossIsKnown()) {
      lossy = false;
    }
  }

  /** An orderly end. */
  void stop() {
    partitions.close();
    long epoch = coordination.brokerEpoch();
    end();
    directory.close(epoch);
    coordination.close();
    cluster.crash(id);
  }

  private void end() {
    life++;
    up = false;
    paused = false;
    queue.clear();
    diskQueue.clear();
  }
}
