package io.ottla.core.api.producers;

import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.core.api.Responses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;

/**
 * Hands out producer ids, each once in the life of the cluster, from blocks that belong to this
 * broker. The next block is fetched when nine tenths of the present one are used, so that hardly
 * anybody waits.
 *
 * <p>Thread safe: the fields belong to the monitor, under which nothing foreign is called. At most
 * {@value #MAX_WAITING} requests wait for a block. At most one allocation is under way.
 */
public final class ProducerIds {
  private static final int MAX_WAITING = 10_000;

  private final Coordination coordination;
  private final Deque<CompletableFuture<Long>> waiting = new ArrayDeque<>();
  private long next;
  private long end;
  private long prefetchAt;
  private ProducerIdBlock spare;
  private boolean allocating;

  public ProducerIds(Coordination coordination) {
    this.coordination = coordination;
  }

  /** A fresh id; fails with CoordinatorLoadInProgressException, which clients retry. */
  public CompletableFuture<Long> next() {
    CompletableFuture<Long> result;
    boolean allocate;
    synchronized (this) {
      if (take()) {
        result = CompletableFuture.completedFuture(next++);
      } else if (waiting.size() >= MAX_WAITING) {
        return CompletableFuture.failedFuture(unavailable("too many producers wait for one"));
      } else {
        result = new CompletableFuture<>();
        waiting.add(result);
      }
      allocate = !allocating && spare == null && next >= prefetchAt;
      allocating |= allocate;
    }
    if (allocate) {
      allocate();
    }
    return result;
  }

  // Whether `next` is an id to give away. Under the monitor.
  private boolean take() {
    if (next == end && spare != null) {
      next = spare.first();
      end = spare.first() + spare.size();
      prefetchAt = end - spare.size() / 10;
      spare = null;
    }
    return next < end;
  }

  private void allocate() {
    CompletableFuture<ProducerIdBlock> block;
    try {
      block = coordination.allocateProducerIds();
    } catch (RuntimeException refused) {
      block = CompletableFuture.failedFuture(refused);
    }
    CompletableFuture<Void> unused =
        block.handle(
            (allocated, failure) -> {
              if (failure == null) {
                allocated(allocated);
              } else {
                failed(failure);
              }
              return null;
            });
  }

  private void allocated(ProducerIdBlock block) {
    List<Runnable> answers = new ArrayList<>();
    boolean again;
    synchronized (this) {
      spare = block;
      while (!waiting.isEmpty() && take()) {
        CompletableFuture<Long> waiter = waiting.remove();
        long id = next++;
        answers.add(() -> waiter.complete(id));
      }
      again = !waiting.isEmpty();
      allocating = again;
    }
    answers.forEach(Runnable::run);
    if (again) {
      allocate();
    }
  }

  private void failed(Throwable failure) {
    List<CompletableFuture<Long>> refused;
    synchronized (this) {
      allocating = false;
      refused = new ArrayList<>(waiting);
      waiting.clear();
    }
    String why = String.valueOf(Responses.unwrap(failure).getMessage());
    refused.forEach(waiter -> waiter.completeExceptionally(unavailable(why)));
  }

  private static CoordinatorLoadInProgressException unavailable(String why) {
    return new CoordinatorLoadInProgressException("No producer id at the moment: " + why);
  }
}
