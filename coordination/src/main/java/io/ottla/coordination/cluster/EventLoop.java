package io.ottla.coordination.cluster;

import java.time.Duration;
import java.util.concurrent.Executor;

/** The one thread on which image, registration and controller live. */
public interface EventLoop extends Executor {
  /**
   * Runs the task on the event thread, after all tasks given before. Ignored once the loop is
   * closed.
   */
  @Override
  void execute(Runnable task);

  /** Runs the task on the event thread after the delay. Ignored once the loop is closed. */
  void schedule(Duration delay, Runnable task);

  /** Monotonic time in nanoseconds. */
  long nanoTime();
}
