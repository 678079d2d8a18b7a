package io.ottla.core.partition;

import io.ottla.core.waiting.Deadlines;
import io.ottla.core.waiting.OffsetWaiters;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.TimeoutException;

/** An append that waits for its acknowledgement; answers exactly once. */
final class AckWaiter extends OffsetWaiters.Waiter {
  private final ReplicaState state;
  private final int leaderEpoch;
  private final ReplicationCallback callback;
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile boolean expired;
  private volatile Deadlines.Cancellable timer = Deadlines.Cancellable.NONE;

  AckWaiter(
      ReplicaState state, long requiredOffset, int leaderEpoch, ReplicationCallback callback) {
    super(requiredOffset);
    this.state = state;
    this.leaderEpoch = leaderEpoch;
    this.callback = callback;
  }

  /** Whether the answer is known: replicated, or no longer possible in this leadership. */
  boolean isOver() {
    return state.highWatermark() >= offset() || !isLeadership(state.role());
  }

  void arm(long deadlineNanos) {
    Deadlines deadlines = state.context().deadlines();
    timer = deadlines.schedule(deadlineNanos - deadlines.nanoTime(), this::expire);
    if (answered.get()) {
      timer.cancel();
    }
  }

  /**
   * The high watermark is read before the role. A truncation comes after the end of the leadership,
   * so when the leadership still holds, the high watermark was reached in it.
   */
  @Override
  protected void reached() {
    boolean replicated = state.highWatermark() >= offset();
    Role role = state.role();
    if (!replicated || !isLeadership(role)) {
      answer(state.refusal(role));
    } else if (((LeaderRole) role).isr().isr().size() < state.minIsr()) {
      answer(
          new NotEnoughReplicasAfterAppendException(
              "The ISR of "
                  + state.topicPartition()
                  + " fell below "
                  + state.minIsr()
                  + " after the append"));
    } else {
      answer(null);
    }
  }

  /** All are abandoned when a leadership ends; who belongs to the next one goes on waiting. */
  @Override
  protected void abandoned() {
    if (isOver()) {
      reached();
    } else if (!state.commitWaiters().add(this)) {
      answer(timeout());
    } else if (isOver() && withdraw()) {
      reached();
    } else if (expired && withdraw()) {
      answer(timeout());
    }
  }

  private void expire() {
    expired = true;
    if (withdraw()) {
      answer(timeout());
    }
  }

  private ApiException timeout() {
    return new TimeoutException(
        "The records of "
            + state.topicPartition()
            + " before offset "
            + offset()
            + " were not replicated in time; the high watermark is "
            + state.highWatermark());
  }

  private boolean isLeadership(Role role) {
    return role instanceof LeaderRole leader && leader.leaderEpoch() == leaderEpoch;
  }

  private void answer(ApiException error) {
    if (answered.compareAndSet(false, true)) {
      timer.cancel();
      callback.done(error);
    }
  }
}
