package io.ottla.core.metrics;

import com.codahale.metrics.Snapshot;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Statistics over the buckets of a {@link BucketReservoir}. Immutable. */
final class BucketSnapshot extends Snapshot {
  private final long[] counts;
  private final double unit;
  private final long total;

  BucketSnapshot(long[] counts, double unit) {
    this.counts = counts;
    this.unit = unit;
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    this.total = sum;
  }

  long total() {
    return total;
  }

  @Override
  public double getValue(double quantile) {
    if (total == 0) {
      return 0;
    }
    long rank = Math.max(1, (long) Math.ceil(quantile * total));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return BucketReservoir.valueOf(i) * unit;
      }
    }
    return 0;
  }

  @Override
  public long[] getValues() {
    return new long[0];
  }

  @Override
  public int size() {
    return (int) Math.min(Integer.MAX_VALUE, total);
  }

  @Override
  public long getMax() {
    return Math.round(getValue(1));
  }

  @Override
  public long getMin() {
    return Math.round(getValue(0));
  }

  @Override
  public double getMean() {
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += counts[i] * BucketReservoir.valueOf(i);
    }
    return total == 0 ? 0 : sum / total * unit;
  }

  @Override
  public double getStdDev() {
    double mean = getMean();
    double squares = 0;
    for (int i = 0; i < counts.length; i++) {
      double distance = BucketReservoir.valueOf(i) * unit - mean;
      squares += counts[i] * distance * distance;
    }
    return total < 2 ? 0 : Math.sqrt(squares / (total - 1));
  }

  @Override
  public void dump(OutputStream output) {
    PrintWriter out = new PrintWriter(output, false, StandardCharsets.UTF_8);
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        out.printf("%f %d%n", BucketReservoir.valueOf(i) * unit, counts[i]);
      }
    }
    out.flush();
  }
}
