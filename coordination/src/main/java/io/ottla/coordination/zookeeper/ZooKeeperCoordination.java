package io.ottla.coordination.zookeeper;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.ImagePublisher;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.PendingFutures;
import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import io.ottla.coordination.controller.Controller;
import io.ottla.coordination.controller.ControllerAdmin;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.apache.zookeeper.WatchedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordination through ZooKeeper 3.6 or newer. Composes session, image, registration and
 * controller, all of which live on one cluster-events thread owned here; the methods may be called
 * from any thread and only enqueue.
 */
public final class ZooKeeperCoordination implements Coordination {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperCoordination.class);

  private final ZooKeeperSettings settings;
  private final int brokerId;
  private final ClusterEventsThread loop;
  private final ImagePublisher images = new ImagePublisher();
  private final Session session;
  private final ImageKeeper keeper;
  private final Registrar registrar;
  private final LeaderWrites leaderWrites;
  private final Controller controller;
  private final ControllerAdmin admin;
  private final Meter expirations;
  private final CoordinationMetrics metrics;
  private final CompletableFuture<Void> loaded = new CompletableFuture<>();

  private final PendingFutures pending = new PendingFutures();

  private volatile boolean closed;

  /**
   * Composes; nothing happens before {@link #start()}.
   *
   * @param nanoClock monotonic time, for timeouts
   * @param wallClock for timestamps in znodes
   * @param registry gets the metrics of controller and session
   */
  public ZooKeeperCoordination(
      ZooKeeperSettings settings,
      int brokerId,
      ControllerSettings controllerSettings,
      LongSupplier nanoClock,
      Clock wallClock,
      MetricRegistry registry) {
    this.settings = settings;
    this.brokerId = brokerId;
    this.loop = new ClusterEventsThread(brokerId, nanoClock);
    this.session = new Session(settings, loop, new SessionEvents());
    this.keeper = new ImageKeeper(session, loop, images, this::onLoaded);
    this.registrar = new Registrar(brokerId, session, keeper, loop, wallClock, this::onRegistered);
    this.leaderWrites = new LeaderWrites(brokerId, session, keeper);
    ZooKeeperStore store = new ZooKeeperStore(brokerId, session, keeper, wallClock, this::onFenced);
    this.controller = new Controller(brokerId, store, loop, controllerSettings);
    this.admin =
        new ControllerAdmin(
            brokerId, controller, store, loop, controllerSettings, RandomGenerator.getDefault());
    this.expirations = registry.meter("SessionExpireListener.ZooKeeperExpiresPerSec");
    this.metrics = new CoordinationMetrics(registry, images, controller, session);
  }

  @Override
  public void start() {
    Chroot.ensure(settings);
    loop.execute(session::open);
    try {
      loaded.get(settings.connectionTimeoutMs(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      Throwable reason = keeper.lastFailure();
      close();
      throw new IllegalStateException(
          "No connection to ZooKeeper at "
              + settings.connect()
              + " within "
              + settings.connectionTimeoutMs()
              + " ms (zookeeper.connection.timeout.ms)"
              + (reason == null
                  ? ". Is it running, and is zookeeper.connect right?"
                  : ": " + reason),
          reason == null ? e : reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new IllegalStateException(
          "Interrupted while connecting to ZooKeeper at " + settings.connect(), e);
    } catch (ExecutionException e) {
      close();
      throw new IllegalStateException(
          "Cannot load the cluster's state from " + settings.connect(), e);
    }
  }

  private void onLoaded(boolean newSession) {
    if (loaded.complete(null)) {
      // Listeners of others come first, so that their view is ready when a future of ours
      // completes.
      images.addLast(admin);
      images.addLast(controller);
      images.addLast(this::onImage);
    }
    registrar.onLoaded();
  }

  private void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    if (delta.brokers()) {
      loop.execute(registrar::check);
    }
  }

  private void onFenced(String reason) {
    controller.resign(reason);
  }

  private void onRegistered(boolean registered) {
    controller.setEligible(registered);
    if (!registered) {
      controller.resign("the broker is not registered any more");
    }
  }

  @Override
  public ClusterImage image() {
    return images.image();
  }

  @Override
  public void addListener(ImageListener listener) {
    if (loop.isCurrent()) {
      images.add(listener);
    } else {
      CompletableFuture<Void> added = new CompletableFuture<>();
      loop.execute(
          () -> {
            images.add(listener);
            added.complete(null);
          });
      added.join();
    }
  }

  @Override
  public CompletableFuture<Long> register(BrokerRegistration registration) {
    if (registration.id() != brokerId) {
      throw new IllegalArgumentException(
          "broker " + brokerId + " cannot register as " + registration.id());
    }
    return onLoop(result -> registrar.register(registration, result));
  }

  @Override
  public long brokerEpoch() {
    return registrar.epoch();
  }

  @Override
  public CompletableFuture<Void> setDraining() {
    return onLoop(registrar::setDraining);
  }

  @Override
  public boolean sessionAlive() {
    return session.isAlive();
  }

  @Override
  public CompletableFuture<StateWrite> writePartitionState(
      TopicPartition partition, Uuid topicId, PartitionState next, int expectedVersion) {
    return onLoop(
        result -> leaderWrites.writeState(partition, topicId, next, expectedVersion, result));
  }

  @Override
  public CompletableFuture<ProducerIdBlock> allocateProducerIds() {
    return onLoop(leaderWrites::allocateProducerIds);
  }

  @Override
  public ClusterAdmin admin() {
    return admin;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    // Closing the session deletes its ephemerals: the registration, and the controller's node.
    loop.execute(session::close);
    loop.close();
    metrics.close();
    BrokerNotAvailableException reason =
        new BrokerNotAvailableException("Broker " + brokerId + " is closed.");
    admin.failPending(reason);
    pending.close(reason);
    LOG.info("Coordination of broker {} is closed", brokerId);
  }

  /** What it takes to join the session from outside: how tests let a server expire it. */
  static final class SessionCredentials {
    private final long id;
    private final byte[] password;

    SessionCredentials(long id, byte[] password) {
      this.id = id;
      this.password = password;
    }

    long id() {
      return id;
    }

    byte[] password() {
      return password;
    }
  }

  SessionCredentials sessionCredentials() {
    return this.<SessionCredentials>onLoop(result -> result.complete(session.credentials())).join();
  }

  private interface Operation<T> {
    void start(CompletableFuture<T> result);
  }

  private <T> CompletableFuture<T> onLoop(Operation<T> operation) {
    CompletableFuture<T> result = pending.create();
    loop.execute(() -> operation.start(result));
    return result;
  }

  private final class SessionEvents implements Session.Listener {
    @Override
    public void onConnected(boolean newSession) {
      keeper.load(newSession);
    }

    @Override
    public void onExpired() {
      expirations.mark();
      registrar.onExpired();
      controller.setEligible(false);
      controller.resign("the ZooKeeper session has expired");
    }

    @Override
    public void onChange(WatchedEvent event) {
      keeper.onChange(event);
    }
  }
}
