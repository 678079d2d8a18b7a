package io.ottla.coordination.zookeeper;

import com.codahale.metrics.MetricRegistry;
import io.ottla.coordination.Fixtures;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.awaitility.Awaitility;

/** Brokers' coordinations in one JVM on one ZooKeeper, below a chroot of their own. */
final class TestCluster implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofSeconds(15);

  private final String connect;
  private final int sessionTimeoutMs;
  private final Map<Integer, ZooKeeperCoordination> running = new LinkedHashMap<>();

  TestCluster(String server, String chroot, int sessionTimeoutMs) {
    this.connect = server + "/" + chroot;
    this.sessionTimeoutMs = sessionTimeoutMs;
  }

  String connect() {
    return connect;
  }

  ZooKeeperCoordination make(int id) {
    return make(id, ControllerSettings.defaults());
  }

  ZooKeeperCoordination make(int id, ControllerSettings settings) {
    ZooKeeperCoordination made =
        new ZooKeeperCoordination(
            new ZooKeeperSettings(connect, sessionTimeoutMs, 10_000),
            id,
            settings,
            System::nanoTime,
            Clock.systemUTC(),
            new MetricRegistry());
    running.put(id, made);
    return made;
  }

  ZooKeeperCoordination start(int id) {
    return start(Fixtures.broker(id));
  }

  ZooKeeperCoordination start(BrokerRegistration registration) {
    ZooKeeperCoordination made = make(registration.id());
    made.start();
    made.register(registration).orTimeout(15, TimeUnit.SECONDS).join();
    return made;
  }

  /** Starts brokers 0 to count - 1, of which 0 becomes controller. */
  void startAll(int count) {
    for (int id = 0; id < count; id++) {
      start(id);
      if (id == 0) {
        await(() -> broker(0).admin().isController());
      }
    }
    for (ZooKeeperCoordination broker : running.values()) {
      await(() -> broker.image().brokers().size() == count && broker.image().controllerId() == 0);
    }
  }

  ZooKeeperCoordination broker(int id) {
    return running.get(id);
  }

  /** Ends a broker, whose ephemerals vanish at once. */
  void stop(int id) {
    running.remove(id).close();
  }

  /** The broker in office; null while there is none. */
  ZooKeeperCoordination controller() {
    for (ZooKeeperCoordination broker : running.values()) {
      if (broker.admin().isController()) {
        return broker;
      }
    }
    return null;
  }

  /** Lets the server expire a broker's session, by closing it through a second handle. */
  void expire(int id) throws IOException, InterruptedException {
    ZooKeeperCoordination.SessionCredentials session = running.get(id).sessionCredentials();
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper duplicate =
        new ZooKeeper(
            connect,
            sessionTimeoutMs,
            event -> {
              if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
              }
            },
            session.id(),
            session.password());
    if (!connected.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("no second handle on the session");
    }
    duplicate.close();
  }

  /** A handle for looking behind the scenes. */
  ZooKeeper client() throws IOException, InterruptedException {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper client =
        new ZooKeeper(
            connect,
            10_000,
            event -> {
              if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
              }
            });
    if (!connected.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("no connection to " + connect);
    }
    return client;
  }

  static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(TIMEOUT).pollInterval(Duration.ofMillis(5)).until(condition);
  }

  @Override
  public void close() {
    for (ZooKeeperCoordination coordination : running.values()) {
      coordination.close();
    }
  }
}
