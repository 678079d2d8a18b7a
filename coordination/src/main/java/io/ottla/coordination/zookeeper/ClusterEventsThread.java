package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster-events thread of one broker. Whoever makes it closes it; tasks given afterwards are
 * dropped.
 */
final class ClusterEventsThread implements EventLoop, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterEventsThread.class);

  private final ScheduledThreadPoolExecutor executor;
  private final LongSupplier nanoClock;
  private volatile Thread thread;

  ClusterEventsThread(int brokerId, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread created = new Thread(task, "cluster-events-" + brokerId);
              created.setDaemon(true);
              thread = created;
              return created;
            });
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setRemoveOnCancelPolicy(true);
  }

  @Override
  public void execute(Runnable task) {
    try {
      executor.execute(() -> runLogged(task));
    } catch (RejectedExecutionException e) {
      LOG.debug("A task after the end of cluster-events is dropped");
    }
  }

  @Override
  public void schedule(Duration delay, Runnable task) {
    try {
      Future<?> unused =
          executor.schedule(() -> runLogged(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("A timer after the end of cluster-events is dropped");
    }
  }

  @Override
  public long nanoTime() {
    return nanoClock.getAsLong();
  }

  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Lets the tasks given so far finish, and stops. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!isCurrent() && !executor.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("The cluster-events thread did not end within 5 s");
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private static void runLogged(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.error("A task on cluster-events failed; this is a defect", e);
    }
  }
}
