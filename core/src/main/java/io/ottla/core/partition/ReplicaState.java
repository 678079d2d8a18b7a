package io.ottla.core.partition;

import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.core.waiting.OffsetWaiters;
import io.ottla.log.LogDirectory;
import io.ottla.log.PartitionLog;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changing state of one replica and the rules for changing it.
 *
 * <p>Every change is made under {@link #lock}; everything may be read without it. Nothing is called
 * under the lock but the log. After unlocking, the thread that made the change calls {@link #wake}.
 * Always true while the log is open: log start &le; high watermark &le; log end, and the high
 * watermark moves back only where a follower truncates.
 */
final class ReplicaState {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaState.class);

  /** Most appends and parked fetches waiting on one partition. */
  private static final int MAX_WAITERS = 100_000;

  private final TopicPartition topicPartition;
  private final Uuid topicId;
  private final PartitionContext context;
  private final IntToLongFunction joinEpochs;
  private final ReentrantLock lock = new ReentrantLock();
  private final OffsetWaiters commitWaiters = new OffsetWaiters(MAX_WAITERS);
  private final OffsetWaiters endWaiters = new OffsetWaiters(MAX_WAITERS);
  private final OrderedNotices notices = new OrderedNotices();
  private Partition partition;

  /** Newest version of the shared state that was applied; guarded by the lock. */
  private int appliedVersion = PartitionImage.NO_VERSION;

  /** The waiters must be told as soon as the lock is free; guarded by the lock. */
  private boolean failedUnderLock;

  private volatile Role role;
  private volatile PartitionLog log;
  private volatile LogDirectory home;
  private volatile long highWatermark;
  private volatile List<Integer> replicas = List.of();
  private volatile int replicationFactor = 1;
  private volatile int configuredMinIsr = 1;

  ReplicaState(TopicPartition topicPartition, Uuid topicId, PartitionContext context) {
    this.topicPartition = topicPartition;
    this.topicId = topicId;
    this.context = context;
    this.joinEpochs = context::joinEpoch;
    this.role =
        new Role.Offline(
            -1,
            -1,
            false,
            new NotLeaderOrFollowerException("The replica of " + topicPartition + " is opening"));
  }

  TopicPartition topicPartition() {
    return topicPartition;
  }

  Uuid topicId() {
    return topicId;
  }

  PartitionContext context() {
    return context;
  }

  void lock() {
    lock.lock();
  }

  /** Releases the lock, and after a failure under it tells whoever waits. */
  void unlock() {
    boolean tell = false;
    if (lock.getHoldCount() == 1) {
      tell = failedUnderLock;
      failedUnderLock = false;
    }
    lock.unlock();
    if (tell) {
      wakeAll();
    }
  }

  OrderedNotices notices() {
    return notices;
  }

  /** Those who wait for the high watermark. */
  OffsetWaiters commitWaiters() {
    return commitWaiters;
  }

  /** Those who wait for the log end. */
  OffsetWaiters endWaiters() {
    return endWaiters;
  }

  Role role() {
    return role;
  }

  PartitionLog log() {
    return log;
  }

  long highWatermark() {
    return highWatermark;
  }

  List<Integer> replicas() {
    return replicas;
  }

  /**
   * The ISR size below which nothing is committed: the setting, or the replication factor if that
   * is smaller. Replicas that are being added do not count, as in the controller's rule.
   */
  int minIsr() {
    return Math.max(1, Math.min(configuredMinIsr, replicationFactor));
  }

  void configuredMinIsr(int value) {
    configuredMinIsr = value;
  }

  /** The leadership of this broker; throws what a client is to be told when there is none. */
  LeaderRole requireLeader() {
    Role now = role;
    if (now instanceof LeaderRole leader) {
      return leader;
    }
    throw refusal(now);
  }

  /** Why a replica in this role does not act as leader. */
  ApiException refusal(Role now) {
    if (now instanceof Role.Offline offline) {
      return offline.error();
    }
    return new NotLeaderOrFollowerException(
        "Broker "
            + context.brokerId()
            + " does not lead "
            + topicPartition
            + " in epoch "
            + now.leaderEpoch());
  }

  // ---- guarded by the lock from here on

  void role(Role next) {
    if (next.leaderEpoch() < role.leaderEpoch()) {
      throw new InvariantViolation(
          topicPartition + ": leader epoch would go from " + role + " back to " + next);
    }
    role = next;
  }

  int appliedVersion() {
    return appliedVersion;
  }

  void appliedVersion(int version) {
    appliedVersion = version;
  }

  void replicas(List<Integer> next, int adding) {
    replicas = next;
    replicationFactor = next.size() - adding;
  }

  void open(PartitionLog opened, LogDirectory directory, long checkpointedHighWatermark) {
    log = opened;
    home = directory;
    highWatermark =
        Math.max(opened.startOffset(), Math.min(checkpointedHighWatermark, opened.endOffset()));
  }

  /** Moves the leader's high watermark as far as the rules allow; true when it moved. */
  boolean advance(LeaderRole leader) {
    long end = log.endOffset();
    long before = highWatermark;
    long next =
        leader.highWatermarkBound(
            before,
            end,
            minIsr(),
            joinEpochs,
            context.deadlines().nanoTime(),
            context.replicaLagNanos());
    if (next == before) {
      return false;
    }
    set(next, end);
    return true;
  }

  /** Takes over a follower's high watermark, which never moves back here; true when it moved. */
  boolean follow(long leaderHighWatermark) {
    long end = log.endOffset();
    long next = Math.min(leaderHighWatermark, end);
    if (next <= highWatermark) {
      return false;
    }
    set(next, end);
    return true;
  }

  /** After a follower's log was cut or restarted. */
  void resetHighWatermark() {
    highWatermark = Math.max(log.startOffset(), Math.min(highWatermark, log.endOffset()));
  }

  private void set(long next, long end) {
    InvariantViolation.check(
        next >= highWatermark, "high watermark moves back", topicPartition, highWatermark, next);
    InvariantViolation.check(
        next <= end, "high watermark above the log end", topicPartition, next, end);
    InvariantViolation.check(
        log.startOffset() <= next,
        "log start above the high watermark",
        topicPartition,
        log.startOffset(),
        next);
    highWatermark = next;
  }

  // ---- without the lock from here on

  /** Completes whoever waits for what is there now, and tells listeners. */
  void wake() {
    PartitionLog now = log;
    if (now != null && role instanceof LeaderRole) {
      endWaiters.sweep(now.endOffset());
    }
    commitWaiters.sweep(highWatermark);
    notices.deliver();
  }

  /** After a change that every waiter must look at: another leadership, a truncation. */
  void wakeAll() {
    endWaiters.abandonAll();
    commitWaiters.abandonAll();
    notices.deliver();
  }

  /**
   * What a failed append means: an error that left the directory in service, such as a full disk,
   * changed nothing and refuses this append only; any other stops the replica.
   */
  ApiException failedAppend(RuntimeException cause) {
    LogDirectory directory = home;
    if (cause instanceof UncheckedIOException && directory.failure().isEmpty()) {
      return new KafkaStorageException(
          "Cannot append to " + topicPartition + ": " + cause.getMessage());
    }
    return fail(cause);
  }

  /**
   * Takes the replica out of service after an I/O error or a violated invariant. Idempotent.
   *
   * @return what a request is told
   */
  ApiException fail(Throwable cause) {
    ApiException error =
        new KafkaStorageException(
            "The replica of "
                + topicPartition
                + " on broker "
                + context.brokerId()
                + " stopped: "
                + cause);
    lock.lock();
    try {
      Role before = role;
      if (before instanceof Role.Offline offline && offline.failed()) {
        return offline.error();
      }
      role = new Role.Offline(before.leaderId(), before.leaderEpoch(), true, error);
      noticeEnd(before);
      if (before instanceof LeaderRole leader) {
        notices.add(() -> context.executor().execute(() -> partition.resign(leader)));
      }
      failedUnderLock = true;
    } finally {
      unlock();
    }
    context.counters().partitionFailed();
    LOG.error(
        "Stopped the replica of {} in {}; the broker's other partitions go on. Repair the cause"
            + " and restart the broker",
        topicPartition,
        log == null ? "no log directory" : log.directory(),
        cause);
    return error;
  }

  /** Queues what listeners must hear when a role ends. Guarded by the lock. */
  void noticeEnd(Role before) {
    if (before instanceof LeaderRole leader) {
      notices.add(() -> context.leadership().resigned(partition, leader.leaderEpoch()));
    } else if (before instanceof Role.Follower && before.leaderId() >= 0) {
      notices.add(() -> context.followers().unfollow(partition));
    }
  }

  /** Set once, by the partition that owns this state, before anybody else sees it. */
  void owner(Partition owner) {
    partition = owner;
  }

  Partition owner() {
    return partition;
  }
}
