package io.ottla.tools.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * ZooKeeper and brokers as processes of this machine, in a folder of their own. Started and closed
 * by one thread; {@link #close} may come from a second one, the shutdown hook, at any time: nothing
 * is started after it.
 */
final class LocalCluster {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final String ZOOKEEPER_HEAP = "-Xmx128m";
  private static final String BROKER_HEAP = "-Xmx256m";

  private final Path home;
  private final Path folder;
  private final Ports ports;
  private final boolean keep;
  private final List<ServerProcess> brokers = new ArrayList<>();
  private ServerProcess zookeeper;
  private boolean closed;

  /**
   * @param home the folder of bin/
   * @param folder what the cluster may write; created here, removed when closed
   * @param keep whether the servers are to outlive this process
   */
  LocalCluster(Path home, Path folder, Ports ports, boolean keep) {
    this.home = home;
    this.folder = folder;
    this.ports = ports;
    this.keep = keep;
  }

  /** Starts everything; returns when every port accepts connections. */
  void start() throws IOException {
    Files.createDirectories(logs());
    Path config = folder.resolve("zookeeper.properties");
    Files.writeString(
        config,
        String.join(
            "\n",
            "dataDir=" + folder.resolve("zookeeper"),
            "clientPort=" + ports.zookeeper(),
            "clientPortAddress=127.0.0.1",
            "maxClientCnxns=0",
            "tickTime=2000",
            "admin.enableServer=false",
            ""));
    synchronized (this) {
      checkOpen();
      zookeeper =
          ServerProcess.start(
              "zookeeper",
              script("zookeeper-server-start.sh"),
              config,
              logs(),
              ZOOKEEPER_HEAP,
              keep);
    }
    zookeeper.awaitPort(ports.zookeeper(), START_LIMIT);
    for (int id = 0; id < ports.brokers().size(); id++) {
      Files.writeString(brokerConfig(id), brokerProperties(id));
      startBroker(id);
    }
    for (int id = 0; id < ports.brokers().size(); id++) {
      broker(id).awaitPort(ports.brokers().get(id), START_LIMIT);
    }
  }

  private String brokerProperties(int id) {
    return String.join(
        "\n",
        "broker.id=" + id,
        "listeners=PLAINTEXT://127.0.0.1:" + ports.brokers().get(id),
        "log.dirs=" + folder.resolve("broker-" + id),
        "zookeeper.connect=127.0.0.1:" + ports.zookeeper(),
        "zookeeper.session.timeout.ms=6000",
        "default.replication.factor=3",
        "min.insync.replicas=2",
        "offsets.topic.replication.factor=3",
        "transaction.state.log.replication.factor=3",
        "transaction.state.log.min.isr=2",
        "group.initial.rebalance.delay.ms=0",
        "");
  }

  /** Starts a broker, for the first time or again after it was killed. */
  synchronized void startBroker(int id) throws IOException {
    checkOpen();
    ServerProcess broker =
        ServerProcess.start(
            "broker-" + id, script("broker-start.sh"), brokerConfig(id), logs(), BROKER_HEAP, keep);
    if (id < brokers.size()) {
      brokers.set(id, broker);
    } else {
      brokers.add(broker);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The cluster is closed");
    }
  }

  synchronized ServerProcess broker(int id) {
    return brokers.get(id);
  }

  Path brokerConfig(int id) {
    return folder.resolve("broker-" + id + ".properties");
  }

  Path folder() {
    return folder;
  }

  Ports ports() {
    return ports;
  }

  private Path script(String name) {
    return home.resolve("bin").resolve(name);
  }

  private Path logs() {
    return folder.resolve("logs");
  }

  /** The last lines of every server's output. */
  synchronized String tails() throws IOException {
    StringBuilder text = new StringBuilder();
    List<ServerProcess> servers = new ArrayList<>(brokers);
    if (zookeeper != null) {
      servers.add(0, zookeeper);
    }
    for (ServerProcess server : servers) {
      text.append("---- last lines of ")
          .append(server.name())
          .append(System.lineSeparator())
          .append(server.tail())
          .append(System.lineSeparator());
    }
    return text.toString();
  }

  /** Ends every process and removes the folder. Idempotent. */
  synchronized void close() throws IOException, InterruptedException {
    if (closed) {
      return;
    }
    closed = true;
    // What they stored is thrown away, so there is nothing to flush: killing is the quick way.
    for (ServerProcess broker : brokers) {
      broker.kill();
    }
    if (zookeeper != null) {
      zookeeper.kill();
    }
    delete(folder);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
