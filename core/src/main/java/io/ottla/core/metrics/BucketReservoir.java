package io.ottla.core.metrics;

import com.codahale.metrics.Reservoir;
import com.codahale.metrics.Snapshot;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts values in buckets that grow with the value, four to each doubling, so that a percentile is
 * right within an eighth. Updating is one addition into an array of the thread's stripe. A snapshot
 * covers the current and the previous window; {@link #rotate()} starts a window.
 */
final class BucketReservoir implements Reservoir {
  private static final int STRIPES = 4;
  private static final int PER_DOUBLING = 4;
  private static final int BUCKETS = 64 * PER_DOUBLING;

  private final double unit;
  private volatile AtomicLongArray[] current = stripes();
  private volatile AtomicLongArray[] previous = stripes();

  /**
   * @param unit a snapshot's values are the recorded ones times this
   */
  BucketReservoir(double unit) {
    this.unit = unit;
  }

  private static AtomicLongArray[] stripes() {
    AtomicLongArray[] stripes = new AtomicLongArray[STRIPES];
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new AtomicLongArray(BUCKETS);
    }
    return stripes;
  }

  static int bucketOf(long value) {
    if (value < PER_DOUBLING) {
      return (int) Math.max(0, value);
    }
    int doubling = 63 - Long.numberOfLeadingZeros(value);
    int quarter = (int) (value >>> (doubling - 2)) & (PER_DOUBLING - 1);
    return (doubling - 1) * PER_DOUBLING + quarter;
  }

  /** Middle of the values counted in a bucket. */
  static double valueOf(int bucket) {
    if (bucket < PER_DOUBLING) {
      return bucket;
    }
    int doubling = bucket / PER_DOUBLING + 1;
    double width = Math.scalb(1.0, doubling - 2);
    return (PER_DOUBLING + bucket % PER_DOUBLING) * width + (width - 1) / 2;
  }

  @Override
  public void update(long value) {
    int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
    current[stripe].getAndIncrement(bucketOf(value));
  }

  /** Forgets what is older than the current window. */
  void rotate() {
    previous = current;
    current = stripes();
  }

  @Override
  public int size() {
    return (int) Math.min(Integer.MAX_VALUE, ((BucketSnapshot) getSnapshot()).total());
  }

  @Override
  public Snapshot getSnapshot() {
    long[] counts = new long[BUCKETS];
    add(counts, current);
    add(counts, previous);
    return new BucketSnapshot(counts, unit);
  }

  private static void add(long[] counts, AtomicLongArray[] stripes) {
    for (AtomicLongArray stripe : stripes) {
      for (int i = 0; i < counts.length; i++) {
        counts[i] += stripe.get(i);
      }
    }
  }
}
