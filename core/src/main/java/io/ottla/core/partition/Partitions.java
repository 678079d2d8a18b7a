package io.ottla.core.partition;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.LogDirectory;
import io.ottla.log.PartitionLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All replicas this broker hosts.
 *
 * <p>Images come on the thread of {@code cluster-events}, which only notes what must change; the
 * work, disk included, is done on the injected executor, in order per partition and in batches.
 * Look-ups may come from any thread and take no lock. Does not own the log directories.
 */
public final class Partitions implements ImageListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  /** Partitions per task of the executor. */
  private static final int BATCH = 64;

  private static final long FRESH_LEADER_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long FRESH_LEADER_WAIT_MS = 50;

  private final PartitionContext context;
  private final ReplicaLogs logs;
  private final TopicSettings settings;
  private final List<LeadershipListener> leadershipListeners = new CopyOnWriteArrayList<>();
  private final Set<Runnable> leadershipWakes = ConcurrentHashMap.newKeySet();
  private final ReplicationCounters counters = new ReplicationCounters();
  private final Map<TopicPartition, ReplicaSlot> slots = new ConcurrentHashMap<>();

  /** The same slots by name and number: found without building a key. */
  private final Map<String, ReplicaSlot[]> slotsByTopic = new ConcurrentHashMap<>();

  private volatile ClusterImage image = ClusterImage.EMPTY;
  private volatile long lastBecameLeaderNanos;
  private volatile boolean everLed;

  /**
   * @param brokerId this broker
   * @param brokerEpoch epoch of its registration, -1 while it has none
   * @param states where ISR changes are written
   * @param directories open log directories, at least one
   * @param settings effective topic settings
   * @param deadlines time and timeouts
   * @param executor for work that touches the disk or ZooKeeper; may have several threads
   * @param replicaLagNanos {@code replica.lag.time.max.ms}
   * @param selector which replica consumers should read from
   * @param followers told what to fetch
   */
  public Partitions(
      int brokerId,
      LongSupplier brokerEpoch,
      PartitionStateStore states,
      List<LogDirectory> directories,
      TopicSettings settings,
      Deadlines deadlines,
      Executor executor,
      long replicaLagNanos,
      ReadReplicaSelector selector,
      FollowerListener followers) {
    this.logs = new ReplicaLogs(directories);
    this.settings = settings;
    this.context =
        new PartitionContext(
            brokerId,
            new OwnRegistration(brokerEpoch),
            () -> image,
            states,
            deadlines,
            executor,
            replicaLagNanos,
            selector,
            new Leadership(),
            followers,
            counters);
  }

  /** Tells every listener, and whoever parked a fetch that should look again. */
  private final class Leadership implements LeadershipListener {
    @Override
    public void becameLeader(Partition partition, int leaderEpoch) {
      lastBecameLeaderNanos = context.deadlines().nanoTime();
      everLed = true;
      for (LeadershipListener listener : leadershipListeners) {
        listener.becameLeader(partition, leaderEpoch);
      }
    }

    @Override
    public void resigned(Partition partition, int leaderEpoch) {
      for (LeadershipListener listener : leadershipListeners) {
        listener.resigned(partition, leaderEpoch);
      }
    }
  }

  /** Add before the first image. */
  public void addLeadershipListener(LeadershipListener listener) {
    leadershipListeners.add(listener);
  }

  /** The replica hosted here, whatever its role; null when there is none. */
  public Partition get(String topic, int partition) {
    ReplicaSlot[] ofTopic = slotsByTopic.get(topic);
    if (ofTopic == null || partition < 0 || partition >= ofTopic.length) {
      return null;
    }
    ReplicaSlot slot = ofTopic[partition];
    return slot == null ? null : slot.partition();
  }

  public Partition get(TopicPartition partition) {
    return get(partition.topic(), partition.partition());
  }

  /**
   * The replica hosted here, ready to serve.
   *
   * @throws UnknownTopicOrPartitionException the cluster has no such partition
   * @throws NotLeaderOrFollowerException it is on other brokers, or not open yet
   * @throws ApiException a storage error took it out of service
   */
  public Partition require(String topic, int partition) {
    Partition found = get(topic, partition);
    if (found == null) {
      if (image.partition(topic, partition) == null) {
        throw new UnknownTopicOrPartitionException("There is no " + topic + "-" + partition);
      }
      throw new NotLeaderOrFollowerException(
          "Broker " + context.brokerId() + " has no replica of " + topic + "-" + partition);
    }
    if (found.state().role() instanceof Role.Offline offline) {
      throw offline.error();
    }
    return found;
  }

  public Partition require(TopicPartition partition) {
    return require(partition.topic(), partition.partition());
  }

  /** Every replica hosted here, as of now. */
  public Collection<Partition> all() {
    List<Partition> all = new ArrayList<>(slots.size());
    forEach(all::add);
    return all;
  }

  public ReplicationCounters counters() {
    return counters;
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    boolean first = image == ClusterImage.EMPTY;
    image = current;
    List<ReplicaSlot> todo = new ArrayList<>();
    for (TopicPartition partition : delta.partitions()) {
      ReplicaSlot slot = slots.get(partition);
      if (slot == null && hostedHere(current, partition)) {
        slot = addSlot(partition);
      }
      wish(slot, todo);
    }
    if (!delta.removedTopics().isEmpty()) {
      removeIdleSlots(current);
      for (ReplicaSlot slot : slots.values()) {
        if (delta.removedTopics().containsKey(slot.topicPartition().topic())) {
          wish(slot, todo);
        }
      }
    }
    if (delta.brokers() && selfEpoch(previous) != selfEpoch(current)) {
      slots.values().forEach(slot -> wish(slot, todo)); // elections by the new epoch now count
    }
    if (delta.brokerConfigs() || !delta.topicConfigs().isEmpty()) {
      for (ReplicaSlot slot : slots.values()) {
        if (delta.brokerConfigs() || delta.topicConfigs().contains(slot.topicPartition().topic())) {
          slot.settingsChanged();
          wish(slot, todo);
        }
      }
    }
    if (first) {
      context.executor().execute(() -> deleteStrays(current));
    }
    for (int from = 0; from < todo.size(); from += BATCH) {
      List<ReplicaSlot> batch =
          List.copyOf(todo.subList(from, Math.min(todo.size(), from + BATCH)));
      context.executor().execute(() -> run(batch));
    }
  }

  private long selfEpoch(ClusterImage of) {
    return of.broker(context.brokerId()).map(BrokerRegistration::epoch).orElse(-1L);
  }

  private static void wish(ReplicaSlot slot, List<ReplicaSlot> todo) {
    if (slot != null && slot.wish()) {
      todo.add(slot);
    }
  }

  private void run(List<ReplicaSlot> batch) {
    long before = lastBecameLeaderNanos;
    batch.forEach(ReplicaSlot::run);
    if (lastBecameLeaderNanos != before || everLed) {
      leadershipWakes.removeIf(
          wake -> {
            wake.run();
            return true;
          });
    }
  }

  private boolean hostedHere(ClusterImage current, TopicPartition partition) {
    var wanted = current.partition(partition.topic(), partition.partition());
    return wanted != null && wanted.replicas().contains(context.brokerId());
  }

  /** On the thread of images only, as is removal. */
  private ReplicaSlot addSlot(TopicPartition partition) {
    ReplicaSlot slot = new ReplicaSlot(partition, context, logs, settings);
    slots.put(partition, slot);
    ReplicaSlot[] old = slotsByTopic.get(partition.topic());
    int count = image.topic(partition.topic()).partitions().size();
    if (old == null || old.length < count) {
      ReplicaSlot[] grown = new ReplicaSlot[count];
      if (old != null) {
        System.arraycopy(old, 0, grown, 0, old.length);
      }
      old = grown;
    }
    old[partition.partition()] = slot;
    slotsByTopic.put(partition.topic(), old); // a volatile write: publishes the element too
    return slot;
  }

  private void removeIdleSlots(ClusterImage current) {
    slots
        .values()
        .removeIf(
            slot -> {
              TopicPartition partition = slot.topicPartition();
              boolean unused =
                  slot.idle() && slot.partition() == null && !hostedHere(current, partition);
              if (unused && current.topic(partition.topic()) == null) {
                slotsByTopic.remove(partition.topic());
              }
              return unused;
            });
  }

  /**
   * Deletes directories of topics that do not exist any more and of partitions assigned elsewhere.
   * A directory without a topic id is left alone: nobody can say whose it is.
   */
  private void deleteStrays(ClusterImage current) {
    logs.found()
        .forEach(
            (directory, names) -> {
              for (String name : names) {
                try {
                  deleteIfStray(current, directory, name);
                } catch (IOException | RuntimeException e) {
                  LOG.error("Cannot look at {} in {}", name, directory.path(), e);
                }
              }
            });
  }

  private void deleteIfStray(ClusterImage current, LogDirectory directory, String name)
      throws IOException {
    Optional<TopicPartition> partition = ReplicaLogs.partitionOf(name);
    if (partition.isEmpty() || hostedHere(current, partition.get())) {
      return; // opening it checks the topic id
    }
    PartitionLog log =
        directory.openOrCreate(
            name, settings.logConfig(current.topicConfig(partition.get().topic())));
    Optional<String> owner = log.topicId();
    if (owner.isEmpty()) {
      LOG.warn(
          "{} belongs to no known partition and has no partition.metadata; it is left alone."
              + " Delete it if it is not needed",
          log.directory());
      return;
    }
    LOG.warn(
        "Deleting {}: {}",
        log.directory(),
        current.topic(Uuid.fromString(owner.get())) == null
            ? "there is no topic with its id " + owner.get()
            : "the partition is not assigned to this broker");
    logs.delete(directory, log);
  }

  /**
   * Whether the cluster has taken note of a loss of data this broker registered with: nothing names
   * it in sync or eligible by an earlier registration any more. Only then may its log directories
   * forget the loss, or another crash could bring it back as trusted.
   */
  public boolean lossIsKnown() {
    ClusterImage current = image;
    BrokerRegistration self = current.brokers().get(context.brokerId());
    if (self == null || self.epoch() != context.brokerEpoch().getAsLong()) {
      return false;
    }
    for (TopicImage topic : current.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        PartitionState state = partition.state();
        if (state != null
            && (namesEarlierLife(state.isr(), self) || namesEarlierLife(state.eligible(), self))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean namesEarlierLife(List<IsrMember> members, BrokerRegistration self) {
    for (IsrMember member : members) {
      if (member.brokerId() == self.id() && member.brokerEpoch() != self.epoch()) {
        return true;
      }
    }
    return false;
  }

  // ---- parked fetches of followers

  /**
   * Wakes a follower's parked fetch once this broker has become leader of something: the follower
   * may then add the partition without waiting for the old fetch to end.
   */
  public Deadlines.Cancellable onLeadershipGained(Runnable wake) {
    leadershipWakes.add(wake);
    return () -> leadershipWakes.remove(wake);
  }

  /**
   * How long a follower's fetch may be parked, at most {@code requestedMs}: shortly after a change
   * of leaders only briefly, so that a follower which sees the change a moment later need not wait.
   */
  public long followerWaitMs(long requestedMs) {
    boolean fresh =
        everLed && context.deadlines().nanoTime() - lastBecameLeaderNanos < FRESH_LEADER_NANOS;
    return fresh ? Math.min(requestedMs, FRESH_LEADER_WAIT_MS) : requestedMs;
  }

  // ---- called from time to time by the broker's scheduler

  /** Shrinks ISRs by members that lag; call every half {@code replica.lag.time.max.ms} or so. */
  public void checkIsr(long nowNanos) {
    forEach(partition -> guarded(partition, p -> p.checkIsr(nowNanos)));
  }

  /** Writes all high watermarks; call every few seconds. */
  public void checkpointHighWatermarks() {
    logs.checkpointHighWatermarks(slots.values());
  }

  /** Writes recovery points and log starts; call about every minute. */
  public void checkpointLogs() {
    for (LogDirectory directory : logs.directories()) {
      if (directory.failure().isEmpty()) {
        directory.checkpointRecoveryPoints();
        directory.checkpointStartOffsets();
      }
    }
  }

  /** Rolls, deletes by age and size, forgets idle producers; call every few minutes. */
  public void applyRetention(long nowMs) {
    forEach(partition -> guarded(partition, p -> retain(p.state(), nowMs)));
  }

  /** Removes files whose delay after deletion has passed; call about every minute. */
  public void deleteExpiredFiles(long nowMs) {
    for (LogDirectory directory : logs.directories()) {
      if (directory.failure().isEmpty()) {
        directory.deleteExpiredFiles(nowMs);
      }
    }
  }

  /** Flushes logs whose {@code flush.ms} has passed. */
  public void flushIfDue(long nowMs) {
    forEach(
        partition -> {
          PartitionLog log = partition.log();
          if (log != null && !partition.isOffline()) {
            try {
              log.flushIfDue(nowMs);
            } catch (IOException e) {
              partition.state().fail(e);
            }
          }
        });
  }

  /** Ends all replicas and writes the high watermarks; the log directories stay open. */
  @Override
  public void close() {
    slots.values().forEach(ReplicaSlot::close);
    checkpointHighWatermarks();
  }

  private static void retain(ReplicaState state, long nowMs) {
    state.lock();
    try {
      if (state.role() instanceof Role.Offline) {
        return;
      }
      PartitionLog log = state.log();
      log.rollIfDue(nowMs);
      log.expireProducers(nowMs);
      log.applyRetention(nowMs, state.highWatermark());
      InvariantViolation.check(
          log.startOffset() <= state.highWatermark(),
          "log start above the high watermark",
          state.topicPartition(),
          log.startOffset(),
          state.highWatermark());
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
  }

  /** One partition's failure, which has taken it offline and is logged, keeps no other waiting. */
  private static void guarded(Partition partition, Consumer<Partition> work) {
    try {
      work.accept(partition);
    } catch (ApiException e) {
      LOG.debug("{}: {}", partition, e.getMessage());
    }
  }

  private void forEach(Consumer<Partition> consumer) {
    for (ReplicaSlot slot : slots.values()) {
      Partition partition = slot.partition();
      if (partition != null) {
        consumer.accept(partition);
      }
    }
  }
}
