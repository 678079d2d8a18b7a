package io.ottla.core.config;

/** How to reach ZooKeeper; times in milliseconds. */
public record ZooKeeperOptions(String connect, int sessionTimeoutMs, int connectionTimeoutMs) {
  private static final int CONNECTION_TIMEOUT_MS = 18_000;

  static ZooKeeperOptions from(BrokerValues values) {
    String connect = values.optionalString("zookeeper.connect").orElse("");
    if (connect.isEmpty()) {
      values.problem("zookeeper.connect", "set it to the ZooKeeper servers, as host:2181");
    }
    for (String unsupported : new String[] {"zookeeper.set.acl", "zookeeper.ssl.client.enable"}) {
      if (values.bool(unsupported)) {
        values.problem(
            unsupported,
            "this version cannot do it and would run unprotected: remove it, and guard the network"
                + " of the ZooKeeper servers");
      }
    }
    return new ZooKeeperOptions(
        connect,
        values.intValue("zookeeper.session.timeout.ms"),
        values.optionalInt("zookeeper.connection.timeout.ms").orElse(CONNECTION_TIMEOUT_MS));
  }
}
