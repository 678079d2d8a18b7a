package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ZooKeeperSettings;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * Creates the chroot of a connect string, which a session below it could not do. Blocks; used once,
 * at start.
 */
final class Chroot {
  private static final int CLOSE_TIMEOUT_MS = 1000;

  private Chroot() {}

  /** Makes sure that the chroot exists, if the settings name one. */
  static void ensure(ZooKeeperSettings settings) {
    int slash = settings.connect().indexOf('/');
    if (slash < 0 || slash == settings.connect().length() - 1) {
      return;
    }
    String hosts = settings.connect().substring(0, slash);
    CountDownLatch connected = new CountDownLatch(1);
    try {
      ZooKeeper zk =
          new ZooKeeper(
              hosts,
              settings.sessionTimeoutMs(),
              event -> {
                if (event.getState() == KeeperState.SyncConnected) {
                  connected.countDown();
                }
              });
      try {
        if (!connected.await(settings.connectionTimeoutMs(), TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException(
              "No connection to ZooKeeper at "
                  + hosts
                  + " within "
                  + settings.connectionTimeoutMs()
                  + " ms (zookeeper.connection.timeout.ms). Is it running, and is zookeeper.connect right?");
        }
        create(zk, settings.connect().substring(slash));
      } finally {
        zk.close(CLOSE_TIMEOUT_MS);
      }
    } catch (IOException | KeeperException e) {
      throw new IllegalStateException(
          "Cannot create the chroot of zookeeper.connect=" + settings.connect(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while connecting to ZooKeeper at " + hosts, e);
    }
  }

  private static void create(ZooKeeper zk, String chroot)
      throws KeeperException, InterruptedException {
    for (int end = chroot.indexOf('/', 1); end >= 0; end = chroot.indexOf('/', end + 1)) {
      createOne(zk, chroot.substring(0, end));
    }
    createOne(zk, chroot);
  }

  private static void createOne(ZooKeeper zk, String path)
      throws KeeperException, InterruptedException {
    try {
      zk.create(path, null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    } catch (KeeperException.NodeExistsException e) {
      // that is what we want
    }
  }
}
