package io.ottla.core.broker;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes and ends the pools of DESIGN section 7 that are not event loops. Thread-safe: only static
 * functions.
 */
final class BrokerThreads {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerThreads.class);
  private static final long END_SECONDS = 10;

  private BrokerThreads() {}

  /**
   * {@code blocking-N}: its users bound what they hand in. A task that comes after the end is
   * dropped: whoever hands it in is about to end too.
   */
  static ThreadPoolExecutor blocking(int threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named("blocking"),
            new ThreadPoolExecutor.DiscardPolicy());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** {@code maintenance-N}: periodic work; tasks must not throw. */
  static ScheduledThreadPoolExecutor maintenance(int threads) {
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(threads, named("maintenance"));
    pool.setRemoveOnCancelPolicy(true);
    pool.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return pool;
  }

  /**
   * Runs {@code task} again and again, {@code interval} after its end; a failure is logged and the
   * task goes on.
   */
  static void repeat(
      ScheduledThreadPoolExecutor pool, String name, Duration delay, Duration interval, Task task) {
    // Never fails: the task catches what it throws. It ends with the pool.
    ScheduledFuture<?> unused =
        pool.scheduleWithFixedDelay(
            () -> {
              try {
                task.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Exception | AssertionError e) {
                LOG.error("Maintenance task {} failed; it runs again in {}", name, interval, e);
              }
            },
            delay.toMillis(),
            Math.max(1, interval.toMillis()),
            TimeUnit.MILLISECONDS);
  }

  /** Work of a maintenance thread. */
  interface Task {
    void run() throws Exception;
  }

  /** Waits for running tasks; interrupts those that do not end in ten seconds. */
  static void end(ExecutorService pool) throws InterruptedException {
    pool.shutdown();
    if (!pool.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
      pool.shutdownNow();
    }
  }

  private static ThreadFactory named(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + "-" + number.getAndIncrement());
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler((t, e) -> LOG.error("Thread {} failed", t.getName(), e));
      return thread;
    };
  }
}
