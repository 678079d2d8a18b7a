package io.ottla.core.broker;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A share of a pool for work that comes from outside: refuses tasks when too many of its own are
 * unfinished. Thread-safe.
 */
final class BoundedExecutor implements Executor {
  private final Executor pool;
  private final int limit;
  private final AtomicInteger unfinished = new AtomicInteger();

  /**
   * @param limit most unfinished tasks, running ones included
   */
  BoundedExecutor(Executor pool, int limit) {
    this.pool = pool;
    this.limit = limit;
  }

  @Override
  public void execute(Runnable task) {
    if (unfinished.incrementAndGet() > limit) {
      unfinished.decrementAndGet();
      throw new RejectedExecutionException("more than " + limit + " requests wait for a thread");
    }
    try {
      pool.execute(
          () -> {
            try {
              task.run();
            } finally {
              unfinished.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException e) {
      unfinished.decrementAndGet();
      throw e;
    }
  }
}
