package io.ottla.core.broker;

import io.ottla.core.config.LogSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * A broker without a configuration file: everything on this machine, below one folder, reachable
 * from this machine only.
 */
final class Standalone {
  private static final String FOLDER = "./data/standalone";
  private static final int ZOOKEEPER_PORT = 2181;

  private Standalone() {}

  /** What stands in for the file; {@code zookeeper.connect} is set once its port is known. */
  static Map<String, String> values() {
    return Map.of(
        "broker.id", "0",
        "listeners", "PLAINTEXT://localhost:9092",
        "log.dirs", FOLDER + "/kafka-logs",
        "offsets.topic.replication.factor", "1",
        "transaction.state.log.replication.factor", "1",
        "transaction.state.log.min.isr", "1");
  }

  static EmbeddedZooKeeper startZooKeeper() {
    Path directory = LogSettings.resolve(FOLDER + "/zookeeper");
    return EmbeddedZooKeeper.start(directory, ZOOKEEPER_PORT);
  }
}
