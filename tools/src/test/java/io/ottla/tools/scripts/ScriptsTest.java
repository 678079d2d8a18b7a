package io.ottla.tools.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the scripts from a copy of the distribution's layout in a folder with spaces, on the classes
 * under test.
 */
class ScriptsTest {
  private static final Path CHECKOUT = Path.of("").toAbsolutePath().getParent();
  private static final long LIMIT_SECONDS = 40;

  @TempDir static Path temporary;
  private static Path home;

  private record Result(int exitCode, String output) {}

  @BeforeAll
  static void layOutADistribution() throws IOException {
    home = temporary.toRealPath().resolve("a folder with spaces");
    for (String folder : new String[] {"bin", "config"}) {
      Files.createDirectories(home.resolve(folder));
      try (Stream<Path> files = Files.list(CHECKOUT.resolve(folder))) {
        for (Path file : files.toList()) {
          Path copy = home.resolve(folder).resolve(file.getFileName());
          Files.copy(file, copy);
          assertThat(copy.toFile().setExecutable(true)).isTrue();
        }
      }
    }
    Files.createDirectories(home.resolve("libs"));
    // One jar that only refers to the class path of this test.
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    try (OutputStream out = Files.newOutputStream(home.resolve("libs/test.jar"))) {
      new JarOutputStream(out, manifest).close();
    }
  }

  private static Result run(String stdin, String... command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(temporary, "script", ".out");
    Path input = Files.writeString(Files.createTempFile(temporary, "script", ".in"), stdin);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(temporary.toFile())
            .redirectErrorStream(true)
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile());
    builder.environment().put("OTTLA_CDS", "off");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    for (String name : new String[] {"KAFKA_OPTS", "KAFKA_HEAP_OPTS", "LOG_DIR"}) {
      builder.environment().remove(name);
    }
    Process process = builder.start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail(String.join(" ", command) + " did not end: " + Files.readString(output));
    }
    return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
  }

  private static String bin(String script) {
    return home.resolve("bin").resolve(script).toString();
  }

  static List<String> scripts() throws IOException {
    try (Stream<Path> files = Files.list(CHECKOUT.resolve("bin"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void everyScriptParses() throws Exception {
    List<String> command = new ArrayList<>();
    for (String script : scripts()) {
      command.clear();
      command.addAll(List.of("bash", "-n", bin(script)));
      assertThat(run("", command.toArray(new String[0]))).isEqualTo(new Result(0, ""));
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void everyScriptHasHelp(String script) throws Exception {
    if (script.equals("ottla-run.sh")) {
      return; // the launcher behind the others is not typed by hand
    }
    Result result = run("", bin(script), "--help");
    assertThat(result.exitCode()).as(result.output()).isZero();
    assertThat(result.output()).startsWith("Usage: ");
  }

  @Test
  void withoutABuildTheScriptsSayHowToBuild() throws Exception {
    Path bare = Files.createDirectories(temporary.resolve("not built/bin"));
    Files.copy(home.resolve("bin/ottla-run.sh"), bare.resolve("ottla-run.sh"));
    Files.copy(home.resolve("bin/kafka-topics.sh"), bare.resolve("kafka-topics.sh"));
    Result result = run("", "bash", bare.resolve("kafka-topics.sh").toString(), "--list");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("not built yet").contains("mvn -q -DskipTests package");
  }

  @Test
  void zooKeeperStartsInTheBackgroundAnswersTheShellAndStops() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    String config = "my zookeeper.properties";
    Files.writeString(
        temporary.resolve(config),
        "dataDir=data/zk\nclientPort="
            + port
            + "\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n");
    Result start = run("", bin("zookeeper-server-start.sh"), "-daemon", config);
    assertThat(start.output()).startsWith("Started zookeeper in the background: process ");
    try {
      String server = "127.0.0.1:" + port;
      assertThat(run("", bin("zookeeper-shell.sh"), server, "ls", "/").output())
          .contains("[zookeeper]");
      assertThat(run("", bin("zookeeper-shell.sh"), server, "get", "/nothing").exitCode())
          .isEqualTo(1);
      Result piped = run("create /a \"two words\"\nget /a\n", bin("zookeeper-shell.sh"), server);
      assertThat(piped.exitCode()).as(piped.output()).isZero();
      assertThat(piped.output()).contains("Created /a").contains("two words");
      assertThat(home.resolve("data/zk")).as("relative to the base folder").isDirectory();
      assertThat(home.resolve("logs/my zookeeper.log")).exists();

      Result second = run("", bin("zookeeper-server-start.sh"), config);
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output()).contains("its port is in use");
    } finally {
      Result stop = run("", bin("zookeeper-server-stop.sh"), config);
      assertThat(stop.output()).startsWith("Stopped zookeeper (process ");
    }
    Result again = run("", bin("zookeeper-server-stop.sh"));
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.output()).contains("No zookeeper started from");
  }
}
