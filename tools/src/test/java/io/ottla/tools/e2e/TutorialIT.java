package io.ottla.tools.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tutorial's steps 1 to 3 word for word, from the unpacked distribution in a folder with spaces
 * in its name. Needs its ports 2181 and 9092 to 9094 free, else it is skipped.
 */
@Timeout(300)
class TutorialIT {

  private static final String SERVER = " --bootstrap-server localhost:9092";

  @TempDir Path folder;
  private Path home;
  private final List<Process> running = new ArrayList<>();

  @BeforeEach
  void unpack() throws Exception {
    for (int port : new int[] {2181, 9092, 9093, 9094}) {
      assumeTrue(isFree(port), "port " + port + " is in use");
    }
    Path spaced = Files.createDirectories(folder.resolve("a folder with spaces"));
    Path target = ProcessCluster.checkout().resolve("tools/target");
    try (var files = Files.list(target)) {
      Path archive = files.filter(f -> f.toString().endsWith(".tgz")).findFirst().orElseThrow();
      Process tar =
          new ProcessBuilder("tar", "xzf", archive.toString(), "--strip-components=1")
              .directory(spaced.toFile())
              .inheritIO()
              .start();
      assertThat(tar.waitFor()).isZero();
    }
    home = spaced;
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : running) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void worksAsTyped() throws Exception {
    background("./bin/zookeeper-server-start.sh ./config/zookeeper.properties", 2181);
    Process first = background("./bin/kafka-server-start.sh config/server.properties", 9092);
    assertThat(type("./bin/kafka-topics.sh --create --topic first-topic" + SERVER))
        .contains("Created topic first-topic.");
    assertThat(type("./bin/kafka-topics.sh --describe --topic first-topic" + SERVER))
        .contains("Topic: first-topic", "PartitionCount: 1", "Leader: 0", "Isr: 0");
    produceAndConsume("first-topic");

    first.destroy();
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
    background("./bin/kafka-server-start.sh config/server9092.properties", 9092);
    background("./bin/kafka-server-start.sh config/server9093.properties", 9093);
    background("./bin/kafka-server-start.sh config/server9094.properties", 9094);
    Awaitility.await("three brokers")
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(type("./bin/kafka-broker-api-versions.sh" + SERVER))
                    .contains("id: 0", "id: 1", "id: 2"));
    assertThat(
            type(
                "./bin/kafka-topics.sh --create --topic first-rep --partitions 3"
                    + " --replication-factor 3"
                    + SERVER))
        .contains("Created topic first-rep.");
    assertThat(type("./bin/kafka-topics.sh --describe --topic first-rep" + SERVER))
        .contains("PartitionCount: 3", "ReplicationFactor: 3", "Partition: 2");
    produceAndConsume("first-rep");
    assertThat(
            type(
                "./bin/kafka-console-consumer.sh --topic first-topic --from-beginning"
                    + " --max-messages 2 --timeout-ms 20000"
                    + SERVER))
        .contains("hello", "world");
    assertThat(home.resolve("data")).as("data below the folder of the checkout").isDirectory();
  }

  private void produceAndConsume(String topic) throws Exception {
    type("printf 'hello\\nworld\\n' | ./bin/kafka-console-producer.sh --topic " + topic + SERVER);
    assertThat(
            type(
                "./bin/kafka-console-consumer.sh --topic "
                    + topic
                    + " --from-beginning --max-messages 2 --timeout-ms 20000"
                    + SERVER))
        .contains("hello", "world");
  }

  private Process background(String command, int port) throws IOException {
    Process process = shell("exec " + command, "server-" + port);
    running.add(process);
    Awaitility.await(command)
        .atMost(Duration.ofSeconds(60))
        .until(() -> !isFree(port) || !process.isAlive());
    assertThat(process.isAlive()).as("%s runs", command).isTrue();
    return process;
  }

  private String type(String command) throws Exception {
    Process process = shell(command, "typed");
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(folder.resolve("typed.out"), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as("%s said: %s", command, output).isZero();
    return output;
  }

  private Process shell(String command, String name) throws IOException {
    return new ProcessBuilder("bash", "-c", command)
        .directory(home.toFile())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".out").toFile())
        .start();
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException inUse) {
      return false;
    }
  }
}
