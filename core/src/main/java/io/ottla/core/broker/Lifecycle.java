package io.ottla.core.broker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The components of a broker in the order in which they started; they are closed in the reverse
 * order. When a component fails to start, whoever starts them closes this, and those already
 * started are closed. Not thread-safe: one thread starts, one thread closes, after it.
 */
final class Lifecycle implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  /** Makes a component; what it returns is running. */
  interface Start<T> {
    T start() throws Exception;
  }

  /** Ends a component. */
  interface Stop<T> {
    void stop(T component) throws Exception;
  }

  private record Started(String name, AutoCloseable closer) {}

  private final LongSupplier nanoTime;
  private final List<String> times = new ArrayList<>();
  private final Deque<Started> started = new ArrayDeque<>();

  Lifecycle(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Starts a component and remembers how to stop it. */
  <T> T start(String name, Start<T> start, Stop<? super T> stop) throws Exception {
    long before = nanoTime.getAsLong();
    T component = start.start();
    started.push(new Started(name, () -> stop.stop(component)));
    note(name, before);
    return component;
  }

  /** Runs a step that leaves nothing to stop. */
  void step(String name, Start<?> step) throws Exception {
    long before = nanoTime.getAsLong();
    step.start();
    note(name, before);
  }

  private void note(String name, long before) {
    times.add(name + " " + millisSince(before) + " ms");
  }

  /** What was started, in order, with the time each took. */
  String times() {
    return String.join(", ", times);
  }

  /** Closes all; the failure of one does not keep the others open. Idempotent. */
  @Override
  public void close() {
    while (!started.isEmpty()) {
      Started component = started.pop();
      long before = nanoTime.getAsLong();
      try {
        component.closer().close();
        LOG.debug("Stopped {} in {} ms", component.name(), millisSince(before));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        LOG.error("Interrupted while stopping {}; the others are stopped", component.name(), e);
      } catch (Exception e) {
        LOG.error("Stopping {} failed; the others are stopped", component.name(), e);
      }
    }
  }

  private long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - nanos);
  }
}
