package io.ottla.core.api;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Allows a number of events per second, so that a log cannot be flooded by a client. Thread safe;
 * approximate when several threads cross into a new second at once.
 */
final class RateLimit {
  private static final long SECOND = 1_000_000_000L;

  private final int perSecond;
  private final LongSupplier nanoTime;
  private final AtomicLong windowStart;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong suppressed = new AtomicLong();

  RateLimit(int perSecond, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
    this.windowStart = new AtomicLong(nanoTime.getAsLong());
  }

  /** Whether one more event may pass now. */
  boolean tryAcquire() {
    long now = nanoTime.getAsLong();
    long start = windowStart.get();
    if (now - start >= SECOND && windowStart.compareAndSet(start, now)) {
      used.set(0);
    }
    if (used.incrementAndGet() <= perSecond) {
      return true;
    }
    suppressed.incrementAndGet();
    return false;
  }

  /** How many were refused since the last call. */
  long takeSuppressed() {
    return suppressed.getAndSet(0);
  }
}
