package io.ottla.core.partition;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The registrations of this run of the broker: gives the epoch of the current one, -1 while there
 * is none, and remembers the first, by which those of earlier runs are told apart. Epochs only
 * grow. Safe from any thread.
 */
final class OwnRegistration implements LongSupplier {
  private static final long NONE = -1;

  private final LongSupplier epoch;
  private final AtomicLong first = new AtomicLong(NONE);

  /**
   * @param epoch the current epoch, -1 while there is none
   */
  OwnRegistration(LongSupplier epoch) {
    this.epoch = epoch;
  }

  @Override
  public long getAsLong() {
    long current = epoch.getAsLong();
    if (current >= 0 && first.get() == NONE) {
      first.compareAndSet(NONE, current);
    }
    return current;
  }

  /** Whether an epoch is of this run; never, before it has registered. */
  boolean ofThisRun(long brokerEpoch) {
    long earliest = first.get();
    return earliest != NONE && brokerEpoch >= earliest;
  }
}
