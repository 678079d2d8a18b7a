package io.ottla.network.server;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Looks at every connection of one event loop once per interval, so that a connection needs no
 * timer of its own. Runs only while there are connections. Owned by the event loop.
 */
final class ConnectionSweeper {
  /** A connection that has deadlines. */
  interface Swept {
    /** Closes the connection if one of its deadlines has passed. */
    void checkDeadlines(long nowNanos);
  }

  private final EventExecutor loop;
  private final LongSupplier nanoClock;
  private final long intervalNanos;
  private final Set<Swept> connections = new HashSet<>();
  private ScheduledFuture<?> task;

  ConnectionSweeper(EventExecutor loop, LongSupplier nanoClock, long intervalNanos) {
    this.loop = loop;
    this.nanoClock = nanoClock;
    this.intervalNanos = intervalNanos;
  }

  void add(Swept connection) {
    connections.add(connection);
    if (task == null) {
      task =
          loop.scheduleWithFixedDelay(
              this::sweep, intervalNanos, intervalNanos, TimeUnit.NANOSECONDS);
    }
  }

  void remove(Swept connection) {
    connections.remove(connection);
    if (connections.isEmpty() && task != null) {
      task.cancel(false);
      task = null;
    }
  }

  void sweep() {
    long now = nanoClock.getAsLong();
    for (Swept connection : Set.copyOf(connections)) {
      connection.checkDeadlines(now);
    }
  }
}
