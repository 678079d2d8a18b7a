package io.ottla.core.metrics;

import com.codahale.metrics.Meter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A meter for the hot path: marking is one addition to a striped counter and reads no clock. The
 * moving averages are brought forward by {@link #tick()}, which {@link BrokerMetrics} calls on a
 * maintenance thread at a fixed interval.
 */
public final class RateMeter extends Meter {
  /** Time between ticks, in seconds. */
  static final int TICK_SECONDS = 5;

  private static final double[] ALPHA = {alpha(1), alpha(5), alpha(15)};

  private final LongAdder count = new LongAdder();
  private final long startNanos = System.nanoTime();

  /** One, five and fifteen minutes, in events per second; guarded by {@code this}. */
  private final double[] rates = new double[3];

  private long counted;
  private boolean ticked;

  private static double alpha(int minutes) {
    return 1 - Math.exp(-TICK_SECONDS / 60.0 / minutes);
  }

  @Override
  public void mark() {
    count.increment();
  }

  @Override
  public void mark(long n) {
    count.add(n);
  }

  /** One interval has passed. */
  synchronized void tick() {
    long now = count.sum();
    double rate = (now - counted) / (double) TICK_SECONDS;
    counted = now;
    for (int i = 0; i < rates.length; i++) {
      rates[i] = ticked ? rates[i] + ALPHA[i] * (rate - rates[i]) : rate;
    }
    ticked = true;
  }

  @Override
  public long getCount() {
    return count.sum();
  }

  @Override
  public double getMeanRate() {
    double seconds = (System.nanoTime() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    return seconds <= 0 ? 0 : count.sum() / seconds;
  }

  @Override
  public synchronized double getOneMinuteRate() {
    return rates[0];
  }

  @Override
  public synchronized double getFiveMinuteRate() {
    return rates[1];
  }

  @Override
  public synchronized double getFifteenMinuteRate() {
    return rates[2];
  }
}
