package io.ottla.core.partition;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.core.waiting.Deadlines;
import io.ottla.core.waiting.OffsetWaiters;
import io.ottla.log.AppendResult;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.EpochEnd;
import io.ottla.log.LogDirectory;
import io.ottla.log.PartitionLog;
import io.ottla.log.ValidatedBatch;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * One replica that this broker hosts: leader, follower or offline.
 *
 * <p>Requests come on event loops, role changes on the executor that applies images; one lock per
 * partition, held for the write of a batch and for changes of role, ISR and high watermark. Reads
 * take no lock. Waiters and listeners are called after the lock is released. Owned by {@link
 * Partitions}; the log belongs to its log directory.
 */
public final class Partition {
  private final ReplicaState state;
  private final IsrUpdater isrUpdater;
  private final PartitionReader reader;
  private final FollowerWriter followerWriter;
  private final RoleChanges roleChanges;

  Partition(TopicPartition topicPartition, Uuid topicId, PartitionContext context) {
    this.state = new ReplicaState(topicPartition, topicId, context);
    this.isrUpdater = new IsrUpdater(state);
    this.reader = new PartitionReader(state, isrUpdater);
    this.followerWriter = new FollowerWriter(state);
    this.roleChanges = new RoleChanges(this, state);
    state.owner(this);
  }

  public String topic() {
    return state.topicPartition().topic();
  }

  public int partition() {
    return state.topicPartition().partition();
  }

  public TopicPartition topicPartition() {
    return state.topicPartition();
  }

  public Uuid topicId() {
    return state.topicId();
  }

  public boolean isLeader() {
    return state.role() instanceof LeaderRole;
  }

  /** Whether this replica serves nothing: still opening, stopped or failed. */
  public boolean isOffline() {
    return state.role() instanceof Role.Offline;
  }

  /** Whether an error stopped this replica for good. */
  public boolean isFailed() {
    return state.role() instanceof Role.Offline offline && offline.failed();
  }

  /** Broker id of the leader as far as this replica knows, -1 for none. */
  public int leaderId() {
    return state.role().leaderId();
  }

  public int leaderEpoch() {
    return state.role().leaderEpoch();
  }

  /** Null while the log is not open. */
  public PartitionLog log() {
    return state.log();
  }

  public long highWatermark() {
    return state.highWatermark();
  }

  /** End of what consumers of committed transactions may read; never above the high watermark. */
  public long lastStableOffset() {
    return state.highWatermark();
  }

  /** 0 while the log is not open. */
  public long logStartOffset() {
    PartitionLog log = state.log();
    return log == null ? 0 : log.startOffset();
  }

  /** 0 while the log is not open. */
  public long logEndOffset() {
    PartitionLog log = state.log();
    return log == null ? 0 : log.endOffset();
  }

  /** The ISR size acks=all needs: the setting, or the replication factor if that is smaller. */
  public int minInsyncReplicas() {
    return state.minIsr();
  }

  /** Assigned brokers, the preferred leader first. */
  public List<Integer> replicas() {
    return state.replicas();
  }

  /** The stored ISR as the leader knows it; empty on a replica that does not lead. */
  public List<IsrMember> isr() {
    return state.role() instanceof LeaderRole leader ? leader.isr().isr() : List.of();
  }

  /** Whether this broker leads and some assigned replica is not in sync. */
  public boolean isUnderReplicated() {
    return state.role() instanceof LeaderRole leader
        && leader.isr().isr().size() < state.replicas().size();
  }

  /** Whether this broker leads and the ISR is too small for acks=all. */
  public boolean isUnderMinIsr() {
    return state.role() instanceof LeaderRole leader && leader.isr().isr().size() < state.minIsr();
  }

  /** Who leads, for a client that asked the wrong broker. */
  public LeaderHint leaderHint() {
    Role role = state.role();
    return new LeaderHint(role.leaderId(), role.leaderEpoch());
  }

  /**
   * Appends one batch of a client. The bytes are stamped in place.
   *
   * @param acks -1 demands an ISR of at least {@link #minInsyncReplicas()}
   * @param nowMs wall clock
   * @throws NotEnoughReplicasException the ISR is too small for acks=all; nothing was written
   * @throws NotLeaderOrFollowerException this broker does not lead
   * @throws BatchRejectedException the batch breaks a rule; nothing was written
   */
  public AppendOutcome append(ByteBuffer records, short acks, long nowMs)
      throws BatchRejectedException {
    LeaderRole leader = state.requireLeader();
    requireEnoughReplicas(leader, acks);
    return append(leader, state.log().validate(records, nowMs), null);
  }

  /** Appends one batch of a coordinator of this broker, which is trusted to be well formed. */
  public AppendOutcome appendInternal(ByteBuffer records, short acks)
      throws BatchRejectedException {
    LeaderRole leader = state.requireLeader();
    requireEnoughReplicas(leader, acks);
    return append(leader, null, records);
  }

  private AppendOutcome append(LeaderRole leader, ValidatedBatch batch, ByteBuffer internal)
      throws BatchRejectedException {
    AppendResult result = null;
    boolean moved = false;
    state.lock();
    try {
      if (state.role() == leader) {
        PartitionLog log = state.log();
        result =
            batch == null
                ? log.appendInternal(internal, leader.leaderEpoch())
                : log.append(batch, leader.leaderEpoch());
        moved = state.advance(leader);
      }
    } catch (RuntimeException e) {
      throw state.failedAppend(e);
    } finally {
      state.unlock();
    }
    if (result == null) {
      throw state.refusal(state.role());
    }
    if (moved) {
      state.wake();
    } else {
      state.endWaiters().sweep(state.log().endOffset());
    }
    return new AppendOutcome(result, leader.leaderEpoch(), result.lastOffset() + 1);
  }

  /**
   * Lets go of the records below {@code offset}: they are gone for readers at once, from disk with
   * the next retention pass, on followers with their next fetch.
   *
   * @return false when this broker does not lead in {@code leaderEpoch}, the offset is not
   *     committed yet, or the log already starts there
   */
  public boolean advanceLogStart(long offset, int leaderEpoch) {
    state.lock();
    try {
      return state.role() instanceof LeaderRole leader
          && leader.leaderEpoch() == leaderEpoch
          && offset <= state.highWatermark()
          && state.log().advanceStartOffset(offset);
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
  }

  private void requireEnoughReplicas(LeaderRole leader, short acks) {
    if (acks == -1) {
      int size = leader.isr().isr().size();
      int least = state.minIsr();
      if (size < least) {
        throw new NotEnoughReplicasException(
            "The ISR of "
                + topicPartition()
                + " is "
                + leader.isr().committed().isrIds()
                + ", min.insync.replicas is "
                + least);
      }
    }
  }

  /**
   * Tells once, outside of all locks and possibly before this returns, how an append ended: with
   * null once the high watermark reached {@code requiredOffset} in the leadership of {@code
   * leaderEpoch} and the ISR is large enough; else with a {@link NotLeaderOrFollowerException},
   * {@link NotEnoughReplicasAfterAppendException}, or, at the deadline, a {@link TimeoutException}.
   *
   * @param deadlineNanos on the clock of {@link Deadlines#nanoTime()}
   */
  public void awaitReplicated(
      long requiredOffset, int leaderEpoch, long deadlineNanos, ReplicationCallback callback) {
    AckWaiter waiter = new AckWaiter(state, requiredOffset, leaderEpoch, callback);
    if (waiter.isOver()) {
      waiter.reached();
      return;
    }
    if (!state.commitWaiters().add(waiter)) {
      callback.done(
          new TimeoutException(
              "Too many requests wait for replication of "
                  + topicPartition()
                  + "; the records are appended but not known to be replicated"));
      return;
    }
    waiter.arm(deadlineNanos);
    if (waiter.isOver() && waiter.withdraw()) {
      waiter.reached();
    }
  }

  /**
   * Reads for a consumer or a follower. A follower's fetch is also its acknowledgement of
   * everything below its offset.
   *
   * @throws ApiException not led here, offline, another leader epoch, or an offset out of range
   */
  public FetchOutcome fetch(FetchPlan plan) {
    return reader.fetch(plan);
  }

  /**
   * Wakes a parked fetch once: when an offset past {@code offset} is readable at this isolation, or
   * leadership changed, or the log was truncated. Called outside of all locks, at once when there
   * is something to read already; the fetch then looks again.
   */
  public Deadlines.Cancellable onReadable(long offset, FetchIsolation isolation, Runnable wake) {
    OffsetWaiters waiters =
        isolation == FetchIsolation.LOG_END ? state.endWaiters() : state.commitWaiters();
    ReadWaiter waiter = new ReadWaiter(offset + 1, wake);
    PartitionLog log = state.log();
    if (log == null || !waiters.add(waiter)) {
      return Deadlines.Cancellable.NONE; // the fetch answers at its deadline
    }
    if (reader.bound(log, isolation) > offset && waiter.withdraw()) {
      wake.run();
    }
    return waiter;
  }

  private static final class ReadWaiter extends OffsetWaiters.Waiter {
    private final Runnable wake;

    ReadWaiter(long offset, Runnable wake) {
      super(offset);
      this.wake = wake;
    }

    @Override
    protected void reached() {
      wake.run();
    }
  }

  /**
   * Looks up an offset by timestamp (ms, at least 0), or by one of Kafka's special values -1
   * (latest), -2 (earliest), -3 (of the largest timestamp), -4 (earliest local), -5 (last tiered).
   * Only the leader answers.
   *
   * @param currentLeaderEpoch -1 to skip the check
   */
  public OffsetLookup lookupTimestamp(
      long timestamp, FetchIsolation isolation, int currentLeaderEpoch) {
    return reader.lookup(timestamp, isolation, currentLeaderEpoch);
  }

  /** Where a leader epoch ends in the leader's log; undefined when it knows nothing of it. */
  public EpochEnd endOffsetForEpoch(int currentLeaderEpoch, int epoch) {
    return reader.endOffsetForEpoch(currentLeaderEpoch, epoch);
  }

  /** Where this replica stands as a follower in this epoch; null when it is not one. */
  public FollowerPosition followerPosition(int leaderEpoch) {
    return followerWriter.position(leaderEpoch);
  }

  /**
   * Appends what the leader sent, takes over its high watermark and log start; does nothing and
   * returns false when the leadership or the log end is not what the fetch was made for.
   */
  public boolean appendFetched(
      int leaderEpoch,
      long fetchOffset,
      ByteBuffer records,
      long leaderHighWatermark,
      long leaderLogStart)
      throws BatchRejectedException {
    return followerWriter.append(
        leaderEpoch, fetchOffset, records, leaderHighWatermark, leaderLogStart);
  }

  /** Cuts the log at {@code target}, because the leader told of a divergence of epochs. */
  public boolean truncateDiverged(int leaderEpoch, long fetchOffset, long target) {
    return followerWriter.truncate(leaderEpoch, fetchOffset, target);
  }

  /** Drops the log and starts at the leader's log start, which lies beyond the own end. */
  public boolean restartAt(int leaderEpoch, long fetchOffset, long leaderLogStart) {
    return followerWriter.restartAt(leaderEpoch, fetchOffset, leaderLogStart);
  }

  // ---- for Partitions

  ReplicaState state() {
    return state;
  }

  void resign(LeaderRole leader) {
    isrUpdater.resign(leader);
  }

  void checkIsr(long nowNanos) {
    isrUpdater.check(nowNanos);
  }

  /** The log is there: from now on the replica follows images. */
  void open(PartitionLog log, LogDirectory directory, long checkpointedHighWatermark) {
    state.lock();
    try {
      state.open(log, directory, checkpointedHighWatermark);
      state.role(new Role.Follower(-1, -1));
    } finally {
      state.unlock();
    }
  }

  /** Ends this replica: its topic is gone, it was assigned away, or the broker stops. */
  void stop(String why) {
    Role before;
    state.lock();
    try {
      before = state.role();
      state.role(
          new Role.Offline(
              before.leaderId(),
              before.leaderEpoch(),
              before instanceof Role.Offline offline && offline.failed(),
              new NotLeaderOrFollowerException("No replica of " + topicPartition() + ": " + why)));
      state.noticeEnd(before);
    } finally {
      state.unlock();
    }
    state.wakeAll();
  }

  /** Applies what the newest image says; older versions of the state are passed over. */
  void apply(PartitionImage image) {
    boolean roleChanged;
    state.lock();
    try {
      if (state.role() instanceof Role.Offline) {
        return;
      }
      if (!image.replicas().equals(state.replicas())) {
        state.replicas(image.replicas(), image.adding().size());
        if (state.role() instanceof LeaderRole leader) {
          leader.assign(image.replicas(), state.context().deadlines().nanoTime());
        }
      }
      roleChanged =
          image.version() > state.appliedVersion()
              && roleChanges.apply(image.state(), image.version());
      if (state.role() instanceof LeaderRole leader) {
        state.advance(leader);
      }
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
    if (roleChanged) {
      state.wakeAll();
    }
    state.wake();
  }

  @Override
  public String toString() {
    return topicPartition() + " " + state.role();
  }
}
