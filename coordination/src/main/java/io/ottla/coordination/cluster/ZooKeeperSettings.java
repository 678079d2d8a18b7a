package io.ottla.coordination.cluster;

/**
 * How to reach ZooKeeper.
 *
 * @param connect host:port[,host:port...][/chroot]; a missing chroot is created
 * @param sessionTimeoutMs session timeout to ask for; the server may grant another
 * @param connectionTimeoutMs how long {@link Coordination#start()} waits for a first connection
 */
public record ZooKeeperSettings(String connect, int sessionTimeoutMs, int connectionTimeoutMs) {
  public ZooKeeperSettings {
    if (sessionTimeoutMs <= 0) {
      throw new IllegalArgumentException(
          "zookeeper.session.timeout.ms must be positive: " + sessionTimeoutMs);
    }
    if (connectionTimeoutMs <= 0) {
      throw new IllegalArgumentException(
          "zookeeper.connection.timeout.ms must be positive: " + connectionTimeoutMs);
    }
  }
}
