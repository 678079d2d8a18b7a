package io.ottla.core.replication;

import java.util.concurrent.TimeUnit;

/** Pauses that double from a short first one, until something succeeds. Confined to one thread. */
final class Backoff {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final long maxNanos;
  private long nextNanos;

  Backoff(long maxNanos) {
    this.maxNanos = maxNanos;
    reset();
  }

  long next() {
    long pause = nextNanos;
    nextNanos = Math.min(maxNanos, nextNanos * 2);
    return pause;
  }

  void reset() {
    nextNanos = Math.min(FIRST_NANOS, maxNanos);
  }
}
