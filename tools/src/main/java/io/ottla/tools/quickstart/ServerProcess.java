package io.ottla.tools.quickstart;

import io.ottla.tools.cli.ToolException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A server that was started by one of the scripts; the script becomes the server, so its process id
 * is the server's.
 */
final class ServerProcess {
  private static final int CONNECT_MS = 200;
  private static final int TAIL_LINES = 15;

  private final String name;
  private final Path output;
  private final Process process;

  private ServerProcess(String name, Path output, Process process) {
    this.name = name;
    this.output = output;
    this.process = process;
  }

  /**
   * Starts a script with a configuration file.
   *
   * @param logs the folder of its logs and output
   * @param detached whether it is to outlive this process and its terminal
   */
  static ServerProcess start(
      String name, Path script, Path config, Path logs, String heap, boolean detached)
      throws IOException {
    List<String> command = new ArrayList<>();
    Path setsid = Path.of("/usr/bin/setsid");
    if (detached) {
      command.add(Files.isExecutable(setsid) ? setsid.toString() : "nohup");
    }
    command.add(script.toString());
    command.add(config.toString());
    Path output = logs.resolve(name + ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().put("LOG_DIR", logs.toString());
    builder.environment().put("KAFKA_HEAP_OPTS", heap);
    builder.environment().remove("KAFKA_OPTS");
    return new ServerProcess(name, output, builder.start());
  }

  long pid() {
    return process.pid();
  }

  /**
   * Returns when the port accepts connections; fails when the process ends or the limit passes
   * before.
   */
  void awaitPort(int port, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!accepts(port)) {
      if (!process.isAlive()) {
        throw new ToolException(name + " ended with exit code " + process.exitValue());
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new ToolException(
            name + " does not listen on port " + port + " after " + limit.toSeconds() + " s");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** SIGKILL: the process cannot say goodbye. Returns when it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** The last lines the process printed. */
  String tail() throws IOException {
    if (!Files.exists(output)) {
      return "";
    }
    List<String> lines =
        new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().toList();
    return String.join(
        System.lineSeparator(),
        lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  String name() {
    return name;
  }
}
