package io.ottla.core.waiting;

/**
 * Fires deadlines and does no work: whoever needs more than a hand-over does it on his own thread.
 * Time is monotonic nanoseconds of {@link #nanoTime()}. All methods may be called from any thread.
 */
public interface Deadlines {

  /** The monotonic clock the deadlines are measured with, in nanoseconds; differences only. */
  long nanoTime();

  /**
   * Runs {@code onFire} once, not before {@code delayNanos} from now (at most one tick later plus
   * scheduling), unless it is cancelled first. It must not block and must not throw.
   */
  Cancellable schedule(long delayNanos, Runnable onFire);

  /** Something registered that can be taken back. */
  interface Cancellable {
    /** For what was never registered or is over already. */
    Cancellable NONE = () -> {};

    /** Idempotent, from any thread; without effect when it fired already. */
    void cancel();
  }
}
