package io.ottla.core.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.jmx.JmxReporter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The metrics of one broker and their publication by JMX. Making a metric is for start-up and first
 * use; marking one is for the hot path. Thread-safe. {@link #tick()} must be called every {@link
 * #TICK_SECONDS} seconds. Closed by the broker.
 */
public final class BrokerMetrics implements AutoCloseable {
  /** Time between calls of {@link #tick()}, in seconds. */
  public static final int TICK_SECONDS = RateMeter.TICK_SECONDS;

  private static final int TICKS_PER_WINDOW = 12;

  private final MetricRegistry registry = new MetricRegistry();
  private final Map<String, BucketReservoir> reservoirs = new ConcurrentHashMap<>();
  private final JmxReporter jmx;
  private int ticks;

  /**
   * @param publish whether metrics appear in JMX; brokers that share a JVM share the names, so at
   *     most one of them may
   */
  public BrokerMetrics(boolean publish) {
    if (publish) {
      jmx =
          JmxReporter.forRegistry(registry)
              .createsObjectNamesWith(MetricNames.objectNames())
              .convertRatesTo(TimeUnit.SECONDS)
              .convertDurationsTo(TimeUnit.MILLISECONDS)
              .build();
      jmx.start();
    } else {
      jmx = null;
    }
  }

  /** The registry behind it, for components that keep their own metrics. */
  public MetricRegistry registry() {
    return registry;
  }

  /** The meter of this name, made when there is none. */
  public Meter meter(String name) {
    return registry.meter(name, RateMeter::new);
  }

  /**
   * The histogram of this name, made when there is none.
   *
   * @param unit what it shows is what it is given times this
   */
  public Histogram histogram(String name, double unit) {
    return registry.histogram(
        name,
        () ->
            new Histogram(reservoirs.computeIfAbsent(name, ignored -> new BucketReservoir(unit))));
  }

  /** Registers a gauge, in place of one of the same name. */
  public <T> void gauge(String name, Supplier<T> value) {
    Gauge<T> gauge = value::get;
    registry.remove(name);
    registry.register(name, gauge);
  }

  /** Removes a metric. */
  public void remove(String name) {
    registry.remove(name);
    reservoirs.remove(name);
  }

  /** Brings rates and windows forward. Called by one thread at a time. */
  public void tick() {
    for (Metric metric : registry.getMeters().values()) {
      if (metric instanceof RateMeter meter) {
        meter.tick();
      }
    }
    if (++ticks % TICKS_PER_WINDOW == 0) {
      reservoirs.values().forEach(BucketReservoir::rotate);
    }
  }

  @Override
  public void close() {
    if (jmx != null) {
      jmx.close();
    }
  }
}
