package io.ottla.network.server;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import io.ottla.network.frame.CloseReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what happens to connections, and logs why they are closed: one line for each reason and
 * second, with the number of those left out. Thread-safe.
 *
 * <p>Counters: {@code network.connections.accepted}, {@code network.connections.closed.<reason>},
 * {@code network.bytes.in}, {@code network.bytes.out}, {@code network.requests}, {@code
 * network.responses}. Gauge: {@code network.connections.open}.
 */
final class ConnectionEvents {
  private static final Logger log = LoggerFactory.getLogger("io.ottla.network.connections");
  private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  final Counter accepted;
  final Counter bytesIn;
  final Counter bytesOut;
  final Counter requests;
  final Counter responses;
  private final Map<CloseReason, Closed> closed = new EnumMap<>(CloseReason.class);
  private final LongSupplier nanoClock;

  /** One reason's counter, and when it was last logged. */
  private record Closed(Counter counter, AtomicLong nextLogNanos, AtomicLong suppressed) {}

  ConnectionEvents(MetricRegistry metrics, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    accepted = metrics.counter("network.connections.accepted");
    bytesIn = metrics.counter("network.bytes.in");
    bytesOut = metrics.counter("network.bytes.out");
    requests = metrics.counter("network.requests");
    responses = metrics.counter("network.responses");
    long now = nanoClock.getAsLong();
    for (CloseReason reason : CloseReason.values()) {
      closed.put(
          reason,
          new Closed(
              metrics.counter("network.connections.closed." + reason.metricName()),
              new AtomicLong(now),
              new AtomicLong()));
    }
  }

  /** Counts a closed connection and logs it, unless the same reason was logged a moment ago. */
  void connectionClosed(CloseReason reason, Object connection, String detail, Throwable cause) {
    Closed state = closed.get(reason);
    state.counter.inc();
    if (isOrdinary(reason)) {
      log.debug("Connection {} closed: {}", connection, detail, cause);
      return;
    }
    long now = nanoClock.getAsLong();
    long next = state.nextLogNanos.get();
    if (now - next < 0 || !state.nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
      state.suppressed.incrementAndGet();
      return;
    }
    long left = state.suppressed.getAndSet(0);
    String more = left == 0 ? "" : " (and " + left + " more for this reason since the last line)";
    if (reason == CloseReason.INTERNAL_ERROR) {
      log.error("Closing connection {}: {}{}", connection, detail, more, cause);
    } else {
      log.warn("Closing connection {}: {}{}", connection, detail, more);
    }
  }

  private static boolean isOrdinary(CloseReason reason) {
    return switch (reason) {
      case PEER_CLOSED, IO_ERROR, SERVER_CLOSED, IDLE -> true;
      default -> false;
    };
  }
}
