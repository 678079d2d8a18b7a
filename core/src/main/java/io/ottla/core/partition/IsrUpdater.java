package io.ottla.core.partition;

import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the ISR of a partition this broker leads: takes note of followers' fetches, proposes
 * changes and writes them by compare-and-set, off the data path, one at a time.
 *
 * <p>A write whose outcome is unknown stays in flight, and its members count, until the same
 * compare-and-set is answered or an image shows what is stored.
 */
final class IsrUpdater {
  private static final Logger LOG = LoggerFactory.getLogger(IsrUpdater.class);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int RESIGN_ATTEMPTS = 5;

  private final ReplicaState state;

  IsrUpdater(ReplicaState state) {
    this.state = state;
  }

  /** A follower asks from {@code plan.offset()} on: it has everything below. */
  void fetched(LeaderRole leader, FollowerProgress follower, FetchPlan plan) {
    long registered = state.context().registeredEpoch(plan.replicaId());
    if (plan.replicaEpoch() < 0
        || plan.replicaEpoch() != registered
        || plan.currentLeaderEpoch() != leader.leaderEpoch()) {
      return; // an earlier life of the broker, or one that we have not heard of yet: it may read
    }
    if (follower.settled()
        && follower.brokerEpoch() == plan.replicaEpoch()
        && follower.endOffset() == plan.offset()
        && follower.startOffset() == plan.followerLogStart()) {
      follower.touch(plan.offset(), state.log().endOffset(), plan.nowNanos());
      return;
    }
    boolean moved = false;
    IsrState change = null;
    state.lock();
    try {
      if (state.role() != leader) {
        return;
      }
      long end = state.log().endOffset();
      follower.fetched(
          plan.replicaEpoch(), plan.offset(), plan.followerLogStart(), end, plan.nowNanos());
      if (!follower.settled()) {
        change = propose(leader, false, plan.nowNanos());
      }
      moved = state.advance(leader);
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
    if (moved) {
      state.wake();
    }
    if (change != null) {
      submit(leader, change);
    }
  }

  /** Removes members that lag, retries what may have become possible. Any thread. */
  void check(long nowNanos) {
    if (!(state.role() instanceof LeaderRole leader)) {
      return;
    }
    IsrState change;
    boolean moved;
    state.lock();
    try {
      if (state.role() != leader) {
        return;
      }
      change = propose(leader, true, nowNanos);
      moved = state.advance(leader);
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
    if (moved) {
      state.wake();
    }
    if (change != null) {
      explain(leader, change, nowNanos);
      submit(leader, change);
    }
  }

  /**
   * Gives a leadership up that this broker cannot exercise any more, so that the controller elects
   * another member of the ISR; keeps it when there is none, for then nobody may lead.
   */
  void resign(LeaderRole leader) {
    resign(leader, leader.isr().committed(), leader.isr().version(), RESIGN_ATTEMPTS);
  }

  private void resign(LeaderRole leader, PartitionState stored, int version, int attempts) {
    int self = leader.leaderId();
    if (attempts == 0
        || stored.leader() != self
        || stored.leaderEpoch() != leader.leaderEpoch()
        || stored.isr().stream().allMatch(m -> m.brokerId() == self)) {
      return;
    }
    PartitionState left =
        stored.withIsr(
            stored.isr().stream().filter(m -> m.brokerId() != self).toList(), state.minIsr());
    PartitionState next =
        new PartitionState(
            left.controllerEpoch(),
            PartitionState.NO_LEADER,
            left.leaderEpoch(),
            left.isr(),
            left.eligible().stream().filter(m -> m.brokerId() != self).toList(),
            left.recovering());
    LOG.warn("{}: resigning as leader, in favour of {}", state.topicPartition(), next.isrIds());
    CompletableFuture<?> unused =
        state
            .context()
            .states()
            .write(state.topicPartition(), state.topicId(), next, version)
            .whenComplete(
                (result, error) -> {
                  if (error != null) {
                    LOG.warn("{}: cannot resign", state.topicPartition(), error);
                  } else if (result instanceof StateWrite.Conflict conflict) {
                    resign(leader, conflict.current(), conflict.version(), attempts - 1);
                  }
                });
  }

  private IsrState propose(LeaderRole leader, boolean shrink, long nowNanos) {
    PartitionContext context = state.context();
    return leader.propose(
        context.brokerEpoch().getAsLong(),
        context::joinEpoch,
        state.highWatermark(),
        state.log().endOffset(),
        state.minIsr(),
        shrink,
        nowNanos,
        context.replicaLagNanos());
  }

  private void explain(LeaderRole leader, IsrState change, long nowNanos) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    for (FollowerProgress f : leader.followers()) {
      if (change.committed().inIsr(f.brokerId()) && !change.proposed().inIsr(f.brokerId())) {
        LOG.info(
            "{}: broker {} leaves the ISR: its log ends at {}, ours at {}; last caught up {} ms ago",
            state.topicPartition(),
            f.brokerId(),
            f.endOffset(),
            state.log().endOffset(),
            TimeUnit.NANOSECONDS.toMillis(f.nanosSinceCaughtUp(nowNanos)));
      }
    }
  }

  private void submit(LeaderRole leader, IsrState change) {
    state.context().executor().execute(() -> write(leader, change));
  }

  private void write(LeaderRole leader, IsrState change) {
    if (state.role() != leader || !leader.isr().equals(change)) {
      return; // an image was faster
    }
    PartitionContext context = state.context();
    CompletableFuture<?> unused =
        context
            .states()
            .write(state.topicPartition(), state.topicId(), change.proposed(), change.version())
            .whenComplete(
                (result, error) ->
                    context.executor().execute(() -> written(leader, change, result, error)));
  }

  private void written(LeaderRole leader, IsrState change, StateWrite result, Throwable error) {
    if (error != null) {
      LOG.warn(
          "{}: cannot write the ISR {} (version {}); trying again",
          state.topicPartition(),
          change.proposed().isr(),
          change.version(),
          error);
      state.context().counters().isrUpdateFailed();
      state
          .context()
          .deadlines()
          .schedule(RETRY_NANOS, () -> submit(leader, change)); // the outcome is unknown
      return;
    }
    boolean steppedDown = false;
    state.lock();
    try {
      if (state.role() != leader || !leader.isr().equals(change)) {
        return;
      }
      if (result instanceof StateWrite.Written written) {
        leader.adopt(change.proposed(), written.version());
        state.context().counters().isrChanged(change.isr().size(), change.proposed().isr().size());
      } else if (result instanceof StateWrite.Conflict conflict) {
        state.context().counters().isrUpdateFailed();
        steppedDown = !reconcile(leader, conflict.current(), conflict.version());
      } else {
        LOG.info("{}: the topic is gone; the ISR stays", state.topicPartition());
        return; // still in flight: no further attempt until an image removes this replica
      }
      if (!steppedDown) {
        state.advance(leader);
      }
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
    if (steppedDown) {
      state.wakeAll();
    } else {
      LOG.info(
          "{}: ISR is {} (version {})",
          state.topicPartition(),
          leader.isr().committed().isrIds(),
          leader.isr().version());
      state.wake();
    }
  }

  /** Takes over what somebody else stored; false when that ended this leadership. Guarded. */
  private boolean reconcile(LeaderRole leader, PartitionState current, int version) {
    if (current.leader() == leader.leaderId() && current.leaderEpoch() == leader.leaderEpoch()) {
      leader.adopt(current, version);
      return true;
    }
    LOG.info(
        "{}: stepping down, the stored state has leader {} in epoch {}",
        state.topicPartition(),
        current.leader(),
        current.leaderEpoch());
    // Who leads now is followed, or led, once the image shows it; older images no longer matter.
    state.appliedVersion(version - 1);
    state.role(new Role.Follower(-1, leader.leaderEpoch()));
    state.noticeEnd(leader);
    return false;
  }
}
