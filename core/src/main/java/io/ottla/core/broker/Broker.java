package io.ottla.core.broker;

import io.ottla.coordination.cluster.Coordination;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.metrics.BrokerMetrics;
import io.ottla.core.partition.Partitions;
import io.ottla.log.LogDirectory;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: its components, started in order and closed in reverse. There is only a running one:
 * {@link #start} returns it or throws, and what it had started by then is closed. Several can live
 * in one JVM.
 */
public final class Broker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  private final BrokerAssembly.Parts parts;
  private final Lifecycle lifecycle;
  private final AtomicReference<BrokerState> state;

  private Broker(
      BrokerAssembly.Parts parts, Lifecycle lifecycle, AtomicReference<BrokerState> state) {
    this.parts = parts;
    this.lifecycle = lifecycle;
    this.state = state;
  }

  /**
   * Starts a broker; it is registered and serves when this returns.
   *
   * @throws StartupException when it cannot start for a reason its operator can remove
   */
  public static Broker start(BrokerConfig config, CoordinationFactory coordinations, Clock clock)
      throws Exception {
    long before = System.nanoTime();
    AtomicReference<BrokerState> state = new AtomicReference<>(BrokerState.STARTING);
    Lifecycle lifecycle = new Lifecycle(System::nanoTime);
    try {
      BrokerAssembly.Parts parts =
          new BrokerAssembly(config, coordinations, clock, lifecycle, state).assemble();
      state.set(BrokerState.RUNNING);
      Broker broker = new Broker(parts, lifecycle, state);
      LOG.info("Started {}", lifecycle.times());
      LOG.info(
          "Ottla broker {} started in {} ms, listening on {}",
          parts.brokerId(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before),
          broker.describeAddresses());
      return broker;
    } catch (Exception | Error e) {
      state.set(BrokerState.NOT_RUNNING);
      lifecycle.close();
      throw e;
    }
  }

  private String describeAddresses() {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(parts.addresses())
        .forEach(
            (name, address) ->
                text.append(text.isEmpty() ? "" : ", ")
                    .append(name)
                    .append("://")
                    .append(address.getHostString())
                    .append(':')
                    .append(address.getPort()));
    return text.toString();
  }

  public int id() {
    return parts.brokerId();
  }

  /** The bound address of each listener name. */
  public Map<String, InetSocketAddress> addresses() {
    return parts.addresses();
  }

  public Coordination coordination() {
    return parts.coordination();
  }

  public Partitions partitions() {
    return parts.partitions();
  }

  public BrokerMetrics metrics() {
    return parts.metrics();
  }

  public BrokerState state() {
    return state.get();
  }

  /**
   * Stops the broker so that nobody notices: its leaders move first, then it stops serving, writes
   * its checkpoints and leaves the cluster. Takes as long as controlled.shutdown.* allows at most,
   * and some seconds. Idempotent.
   */
  @Override
  public synchronized void close() {
    if (state.get() != BrokerState.RUNNING) {
      return;
    }
    long before = System.nanoTime();
    state.set(BrokerState.PENDING_CONTROLLED_SHUTDOWN);
    if (parts.config().leadership().controlledShutdown()) {
      new ControlledShutdown(parts.coordination(), parts.brokerId())
          .await(parts.config().leadership().controlledShutdownTimeout());
    }
    state.set(BrokerState.SHUTTING_DOWN);
    lifecycle.close();
    state.set(BrokerState.NOT_RUNNING);
    LOG.info(
        "Ottla broker {} stopped in {} ms",
        parts.brokerId(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
  }

  /**
   * For tests that imitate a crash of the process: nothing is written, moved or said any more. The
   * files of the logs are as the process left them; the registration goes with its session.
   */
  public synchronized void closeAbruptly() {
    if (state.get() != BrokerState.RUNNING) {
      return;
    }
    state.set(BrokerState.SHUTTING_DOWN);
    parts.directories().forEach(LogDirectory::closeUncleanly);
    lifecycle.close();
    state.set(BrokerState.NOT_RUNNING);
  }
}
