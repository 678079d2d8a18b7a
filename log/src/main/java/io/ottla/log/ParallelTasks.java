package io.ottla.log;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the tasks of a start or a stop, on a few threads that live only as long. */
final class ParallelTasks {
  private ParallelTasks() {}

  /** Returns when all tasks have ended; throws the first failure, after that. */
  static void run(List<Callable<Void>> tasks, int threads, String name) throws IOException {
    if (tasks.isEmpty()) {
      return;
    }
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.min(threads, tasks.size()), task -> new Thread(task, name));
    try {
      Throwable first = null;
      for (Future<Void> future : pool.invokeAll(tasks)) {
        try {
          future.get();
        } catch (ExecutionException e) {
          if (first == null) {
            first = e.getCause();
          } else {
            first.addSuppressed(e.getCause());
          }
        }
      }
      if (first instanceof IOException e) {
        throw e;
      }
      if (first instanceof RuntimeException e) {
        throw e;
      }
      if (first != null) {
        throw new IllegalStateException(name + " failed", first);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(name + " was interrupted", e);
    } finally {
      pool.shutdown();
    }
  }
}
