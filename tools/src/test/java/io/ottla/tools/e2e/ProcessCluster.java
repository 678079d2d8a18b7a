package io.ottla.tools.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * ZooKeeper and N brokers as real processes, started by the scripts of {@code bin/} on free
 * loopback ports with all data below one folder. Not thread safe; {@link #close()} kills what still
 * runs.
 */
final class ProcessCluster implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Path home;
  private final Path folder;
  private final int zooKeeperPort = freePort();
  private final List<Integer> ports;
  private final Map<String, String> overrides;
  private final Map<String, Process> processes = new TreeMap<>();
  private String jvmOptions = "";

  /**
   * @param home the checkout, or an unpacked distribution
   * @param folder where configuration, data and output of the processes go
   */
  ProcessCluster(Path home, Path folder, int brokers, Map<String, String> overrides) {
    this.home = home;
    this.folder = folder;
    this.overrides = overrides;
    this.ports = IntStream.range(0, brokers).mapToObj(i -> freePort()).toList();
  }

  /** The checkout this test runs in. */
  static Path checkout() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isDirectory(here.resolve("bin")) ? here : here.getParent();
  }

  /** Options for the JVMs started from now on. */
  ProcessCluster withJvmOptions(String options) {
    jvmOptions = options;
    return this;
  }

  void start() {
    startZooKeeper();
    for (int id = 0; id < ports.size(); id++) {
      startBroker(id);
    }
    ports.forEach(this::awaitOpen);
  }

  String bootstrap() {
    return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  String zooKeeper() {
    return "127.0.0.1:" + zooKeeperPort;
  }

  int port(int broker) {
    return ports.get(broker);
  }

  void startZooKeeper() {
    Path config =
        write(
            "zookeeper.properties",
            Map.of(
                "dataDir", folder.resolve("zookeeper").toString(),
                "clientPort", "" + zooKeeperPort,
                "clientPortAddress", "127.0.0.1",
                "maxClientCnxns", "0",
                "admin.enableServer", "false",
                "tickTime", "1000"));
    launch("zookeeper", "zookeeper-server-start.sh", config);
    awaitOpen(zooKeeperPort);
  }

  void startBroker(int id) {
    Map<String, String> properties = new TreeMap<>();
    properties.put("broker.id", "" + id);
    properties.put("listeners", "PLAINTEXT://127.0.0.1:" + ports.get(id));
    properties.put("log.dirs", folder.resolve("broker-" + id).toString());
    properties.put("zookeeper.connect", zooKeeper());
    properties.put("zookeeper.session.timeout.ms", "4000");
    properties.putAll(overrides);
    launch("broker-" + id, "broker-start.sh", write("broker-" + id + ".properties", properties));
  }

  /** SIGKILL: the process gets no chance to tidy up. */
  void kill(String name) {
    Process process = processes.remove(name);
    assertThat(process).as("process %s", name).isNotNull();
    assertThat(process.isAlive()).as("%s is alive before it is killed", name).isTrue();
    process.destroyForcibly();
    awaitEnd(process);
  }

  void killBroker(int id) {
    kill("broker-" + id);
  }

  /** SIGTERM, as an operator stops a broker. */
  void stopBroker(int id) {
    Process process = processes.remove("broker-" + id);
    process.destroy();
    awaitEnd(process);
  }

  /** Every process that was started and not killed is still the same one. */
  void assertNoneDied() {
    processes.forEach(
        (name, process) ->
            assertThat(process.isAlive()).as("%s runs; its output: %s", name, tail(name)).isTrue());
  }

  long residentKilobytes(int broker) {
    try (var lines =
        Files.lines(Path.of("/proc/" + processes.get("broker-" + broker).pid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
    processes.values().forEach(ProcessCluster::awaitEnd);
    processes.clear();
  }

  private void launch(String name, String script, Path config) {
    ProcessBuilder builder =
        new ProcessBuilder(home.resolve("bin").resolve(script).toString(), config.toString());
    builder.environment().put("KAFKA_HEAP_OPTS", "-Xmx256m");
    builder.environment().put("KAFKA_OPTS", jvmOptions);
    builder.environment().put("LOG_DIR", folder.resolve("logs").toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".out").toFile()));
    try {
      processes.put(name, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitOpen(int port) {
    Awaitility.await("port " + port)
        .atMost(START_LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> isOpen(port));
  }

  private static boolean isOpen(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static void awaitEnd(Process process) {
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("process ended").isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Path write(String name, Map<String, String> properties) {
    try {
      Files.createDirectories(folder);
      return Files.writeString(
          folder.resolve(name),
          properties.entrySet().stream()
              .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
              .collect(Collectors.joining()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String tail(String name) {
    try {
      List<String> lines = new ArrayList<>();
      for (String file : List.of(name + ".out")) {
        lines.addAll(Files.readAllLines(folder.resolve(file), StandardCharsets.UTF_8));
      }
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return "unreadable: " + e.getMessage();
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
