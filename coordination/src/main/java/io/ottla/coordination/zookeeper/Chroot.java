package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ZooKeeperSettings;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;
import org.apache.zookeeper.KeeperException;

/**
 * Creates the chroot of a connect string, which a session below it could not do. Blocks; used once,
 * at start.
 */
final class Chroot {
  private static final int CLOSE_TIMEOUT_MS = 1000;
  private static final int FIRST_RETRY_MS = 100;
  private static final int LAST_RETRY_MS = 1000;
  private static final int RETRIES = 5;

  private Chroot() {}

  /** Makes sure that the chroot exists, if the settings name one. */
  static void ensure(ZooKeeperSettings settings) {
    int slash = settings.connect().indexOf('/');
    if (slash < 0 || slash == settings.connect().length() - 1) {
      return;
    }
    String hosts = settings.connect().substring(0, slash);
    try (CuratorFramework client =
        CuratorFrameworkFactory.builder()
            .connectString(hosts)
            .sessionTimeoutMs(settings.sessionTimeoutMs())
            .connectionTimeoutMs(settings.connectionTimeoutMs())
            .waitForShutdownTimeoutMs(CLOSE_TIMEOUT_MS)
            .retryPolicy(new BoundedExponentialBackoffRetry(FIRST_RETRY_MS, LAST_RETRY_MS, RETRIES))
            .dontUseContainerParents()
            .ensembleTracker(false)
            .build()) {
      client.start();
      if (!client.blockUntilConnected(settings.connectionTimeoutMs(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(
            "No connection to ZooKeeper at "
                + hosts
                + " within "
                + settings.connectionTimeoutMs()
                + " ms (zookeeper.connection.timeout.ms). Is it running, and is zookeeper.connect right?");
      }
      create(client, settings.connect().substring(slash));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while connecting to ZooKeeper at " + hosts, e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(
          "Cannot create the chroot of zookeeper.connect=" + settings.connect(), e);
    }
  }

  private static void create(CuratorFramework client, String chroot) throws Exception {
    try {
      client.create().creatingParentsIfNeeded().forPath(chroot, null);
    } catch (KeeperException.NodeExistsException e) {
      // that is what we want
    }
  }
}
