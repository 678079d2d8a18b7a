package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Futures that complete when the image shows something about a topic, or a deadline passes. A
 * waiter is looked at only when its own topic changes. Confined to the event thread.
 */
final class ImageWaiters implements ImageListener {
  private static final int MAX_WAITERS = 10_000;

  private record Waiter<T>(
      String topic, Function<ClusterImage, Optional<T>> condition, CompletableFuture<T> future) {
    /** True when the waiter has nothing left to wait for. */
    boolean test(ClusterImage image) {
      if (future.isDone()) {
        return true;
      }
      try {
        condition.apply(image).ifPresent(future::complete);
      } catch (ApiException e) {
        future.completeExceptionally(e);
      }
      return future.isDone();
    }
  }

  private final EventLoop loop;
  private final Map<String, List<Waiter<?>>> waiters = new HashMap<>();
  private int count;

  ImageWaiters(EventLoop loop) {
    this.loop = loop;
  }

  /**
   * Waits for a condition on the image.
   *
   * @param topic the topic it is about
   * @param condition gives the result, or nothing yet; an ApiException it throws fails the future
   */
  <T> CompletableFuture<T> await(
      ClusterImage image,
      String topic,
      Duration timeout,
      Function<ClusterImage, Optional<T>> condition) {
    Waiter<T> waiter = new Waiter<>(topic, condition, new CompletableFuture<>());
    if (waiter.test(image)) {
      return waiter.future();
    }
    if (timeout.isZero() || timeout.isNegative() || count >= MAX_WAITERS) {
      expire(waiter, timeout);
      return waiter.future();
    }
    waiters.computeIfAbsent(topic, t -> new ArrayList<>()).add(waiter);
    count++;
    loop.schedule(
        timeout,
        () -> {
          if (!waiter.future().isDone()) {
            expire(waiter, timeout);
            remove(waiter);
          }
        });
    return waiter.future();
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    if (waiters.isEmpty()) {
      return;
    }
    Set<String> changed = new HashSet<>(delta.removedTopics().keySet());
    for (TopicPartition partition : delta.partitions()) {
      changed.add(partition.topic());
    }
    for (String topic : changed) {
      List<Waiter<?>> waiting = waiters.get(topic);
      if (waiting != null) {
        for (Waiter<?> waiter : List.copyOf(waiting)) {
          if (waiter.test(current)) {
            remove(waiter);
          }
        }
      }
    }
  }

  private static void expire(Waiter<?> waiter, Duration timeout) {
    waiter
        .future()
        .completeExceptionally(
            new TimeoutException(
                "Topic "
                    + waiter.topic()
                    + " was not seen as asked for within "
                    + timeout.toMillis()
                    + " ms; it may still get there."));
  }

  private void remove(Waiter<?> waiter) {
    List<Waiter<?>> waiting = waiters.get(waiter.topic());
    if (waiting != null && waiting.remove(waiter)) {
      count--;
      if (waiting.isEmpty()) {
        waiters.remove(waiter.topic());
      }
    }
  }
}
