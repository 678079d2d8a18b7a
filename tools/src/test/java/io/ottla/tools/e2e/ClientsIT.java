package io.ottla.tools.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Official Java clients of three generations and Debian's kcat against three broker processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class ClientsIT {

  private Path folder;
  private ProcessCluster cluster;

  @BeforeAll
  void start(@TempDir Path folder) {
    this.folder = folder;
    cluster =
        new ProcessCluster(
            ProcessCluster.checkout(), folder, 3, Map.of("default.replication.factor", "3"));
    cluster.start();
  }

  @AfterAll
  void stop() {
    cluster.assertNoneDied();
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"current", "3.9", "2.8"})
  void javaClient(String version) throws Exception {
    String topic = "java-" + version;
    String output =
        run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(version),
                ClientRoundTrip.class.getName(),
                cluster.bootstrap(),
                topic,
                "3"),
            "");
    assertThat(output).contains(" passed");
    if (!version.equals("current")) {
      assertThat(output).contains("kafka-clients-" + version);
    }
  }

  @Test
  void kcatProducesAndConsumesEveryCodec() throws Exception {
    assumeTrue(onPath("kcat"), "kcat is not installed");
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      for (String acks : List.of("0", "1", "-1")) {
        String topic = "kcat-" + codec + acks;
        String lines = "one\ntwo\nthree\n";
        run(
            kcat("-P", "-t", topic, "-p", "0", "-z", codec, "-X", "request.required.acks=" + acks),
            lines);
        assertThat(run(kcat("-C", "-t", topic, "-p", "0", "-o", "beginning", "-c", "3"), ""))
            .isEqualTo(lines);
      }
    }
    assertThat(run(kcat("-L"), "")).contains("3 brokers").contains("kcat-none1");
    assertThat(run(kcat("-Q", "-t", "kcat-none1:0:0"), "")).contains("offset 0");
  }

  private List<String> kcat(String... arguments) {
    List<String> command = new ArrayList<>(List.of("kcat", "-q", "-b", cluster.bootstrap()));
    if (Arrays.asList(arguments).contains("-C")) {
      command.add("-e");
    }
    command.addAll(List.of(arguments));
    return command;
  }

  /** The test's own class path with another kafka-clients in the place of the pinned one. */
  private static String classPath(String version) throws IOException {
    String own = System.getProperty("java.class.path");
    if (version.equals("current")) {
      return own;
    }
    Path clients = ProcessCluster.checkout().resolve("tools/target/clients");
    try (var files = Files.list(clients)) {
      Path other =
          files
              .filter(f -> f.getFileName().toString().startsWith("kafka-clients-" + version))
              .findFirst()
              .orElseThrow();
      return other
          + File.pathSeparator
          + Arrays.stream(own.split(File.pathSeparator))
              .filter(entry -> !entry.contains("kafka-clients"))
              .collect(Collectors.joining(File.pathSeparator));
    }
  }

  private String run(List<String> command, String input) throws Exception {
    Path in = Files.writeString(folder.resolve("input"), input);
    Path out = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("errors").toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(out, StandardCharsets.UTF_8);
    assertThat(process.exitValue())
        .as(
            "%s said %s and %s",
            command.subList(0, 1), output, Files.readString(folder.resolve("errors")))
        .isZero();
    return output;
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
  }
}
