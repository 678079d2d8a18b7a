package io.ottla.coordination.cluster;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Futures given out and not yet done, so that they can be failed when their maker closes. Safe from
 * any thread.
 */
public final class PendingFutures {
  private final Map<Long, CompletableFuture<?>> pending = new ConcurrentHashMap<>();
  private final AtomicLong next = new AtomicLong();
  private volatile RuntimeException closed;

  /** A new future; it is forgotten when it is done, and done already when this is closed. */
  public <T> CompletableFuture<T> create() {
    CompletableFuture<T> future = new CompletableFuture<>();
    long id = next.getAndIncrement();
    pending.put(id, future);
    Futures.onDone(future, (value, error) -> pending.remove(id));
    RuntimeException reason = closed;
    if (reason != null) {
      future.completeExceptionally(reason);
    }
    return future;
  }

  /** Fails all, and all that are asked for later. */
  public void close(RuntimeException reason) {
    closed = reason;
    for (CompletableFuture<?> future : pending.values()) {
      future.completeExceptionally(reason);
    }
  }
}
