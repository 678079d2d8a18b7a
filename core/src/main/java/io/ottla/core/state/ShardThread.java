package io.ottla.core.state;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One {@code coordinator-N} thread. Requests are refused above a limit; the shards' own tasks
 * (commits, timers, loading) are not, because there are at most a few for each request taken in.
 */
final class ShardThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardThread.class);
  private static final long END_SECONDS = 10;

  private final ThreadPoolExecutor executor;
  private final AtomicInteger queuedRequests = new AtomicInteger();
  private final int maxQueuedRequests;

  ShardThread(int number, int maxQueuedRequests) {
    this.maxQueuedRequests = maxQueuedRequests;
    this.executor =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "coordinator-" + number);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** False when too many requests wait, or after the end; the caller answers. */
  boolean offerRequest(Runnable request) {
    if (queuedRequests.incrementAndGet() > maxQueuedRequests) {
      queuedRequests.decrementAndGet();
      return false;
    }
    boolean accepted =
        post(
            () -> {
              queuedRequests.decrementAndGet();
              request.run();
            });
    if (!accepted) {
      queuedRequests.decrementAndGet();
    }
    return accepted;
  }

  /** False after the end. */
  boolean post(Runnable task) {
    try {
      executor.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException | AssertionError e) {
              LOG.error("A task of {} failed", Thread.currentThread().getName(), e);
            }
          });
      return true;
    } catch (RejectedExecutionException ended) {
      return false;
    }
  }

  /** Runs what is queued, then ends. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("A coordinator thread did not end within {} s", END_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
