package io.ottla.core.broker;

import io.ottla.core.config.ZooKeeperOptions;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * Draws an id for a broker that has none: every write to {@code /brokers/seqid} gives its node a
 * new version, so no two brokers draw the same. Uses a session of its own, because the cluster's
 * view of a broker needs the id from the start.
 */
final class BrokerIdGenerator {
  private static final String PATH = "/brokers/seqid";
  private static final int ANY_VERSION = -1;

  private BrokerIdGenerator() {}

  /**
   * @param reservedMaxId generated ids are above it
   * @throws StartupException when ZooKeeper does not answer in time
   */
  static int generate(ZooKeeperOptions options, int reservedMaxId) {
    String connect = options.connect();
    int slash = connect.indexOf('/');
    String servers = slash < 0 ? connect : connect.substring(0, slash);
    String chroot = slash < 0 ? "" : connect.substring(slash).replaceAll("/+$", "");
    CountDownLatch connected = new CountDownLatch(1);
    Watcher watcher =
        event -> {
          if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
            connected.countDown();
          }
        };
    try {
      ZooKeeper client = new ZooKeeper(servers, options.sessionTimeoutMs(), watcher);
      try {
        if (!connected.await(options.connectionTimeoutMs(), TimeUnit.MILLISECONDS)) {
          throw new StartupException(
              "ZooKeeper at "
                  + connect
                  + " did not answer within "
                  + options.connectionTimeoutMs()
                  + " ms. Start it, or correct zookeeper.connect.");
        }
        createMissing(client, chroot + PATH);
        return reservedMaxId + client.setData(chroot + PATH, new byte[0], ANY_VERSION).getVersion();
      } finally {
        client.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("Interrupted while a broker id was generated", e);
    } catch (IOException | KeeperException e) {
      throw new StartupException(
          "Cannot generate a broker id in ZooKeeper at " + connect + ": " + e.getMessage(), e);
    }
  }

  private static void createMissing(ZooKeeper client, String path)
      throws KeeperException, InterruptedException {
    int end = 0;
    while (end < path.length()) {
      int next = path.indexOf('/', end + 1);
      end = next < 0 ? path.length() : next;
      create(client, path.substring(0, end));
    }
  }

  private static void create(ZooKeeper client, String path)
      throws KeeperException, InterruptedException {
    try {
      client.create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    } catch (KeeperException.NodeExistsException e) {
      // What is wanted, by whomever it was made.
    }
  }
}
