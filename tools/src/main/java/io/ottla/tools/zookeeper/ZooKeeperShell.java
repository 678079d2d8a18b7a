package io.ottla.tools.zookeeper;

import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.Streams;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.ZKClientConfig;

/**
 * ZooKeeper's command line: one command from the arguments, or commands from standard input, one
 * per line. Exit code 1 when the last command failed or no server answered.
 */
public final class ZooKeeperShell {
  private static final int SESSION_MS = 30_000;
  private static final int CONNECT_SECONDS = 10;
  private static final String USAGE =
      """
      Usage: zookeeper-shell.sh <host:port>[/chroot] [-zk-tls-config-file <file>] [command [arguments]]
      Commands are ZooKeeper's: ls, get -s, set, create, delete, deleteall, stat, getAcl, help, quit.
      Without a command they are read from standard input, one per line.""";

  private ZooKeeperShell() {}

  /** Runs the shell and ends the process. */
  public static void main(String[] args) {
    System.exit(run(Streams.ofProcess(), args));
  }

  static int run(Streams streams, String... args) {
    if (args.length > 0 && (args[0].equals("-h") || args[0].equals("--help"))) {
      streams.out().println(USAGE);
      return 0;
    }
    if (args.length == 0) {
      streams.err().println(USAGE);
      return 1;
    }
    try {
      int first = 1;
      ZKClientConfig config = new ZKClientConfig();
      if (args.length > 2 && args[1].equals("-zk-tls-config-file")) {
        config = new ZKClientConfig(Path.of(args[2]));
        first = 3;
      }
      new ConnectStringParser(args[0]); // a wrong address is an error here, not a wait
      return connectAndRun(streams, args[0], config, Arrays.copyOfRange(args, first, args.length));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } catch (Exception e) {
      streams.err().println("Error: " + Errors.line(e));
      return 1;
    }
  }

  private static int connectAndRun(
      Streams streams, String address, ZKClientConfig config, String[] command)
      throws IOException, InterruptedException {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper client =
        new ZooKeeper(
            address,
            SESSION_MS,
            event -> {
              if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
              }
            },
            config);
    try {
      if (!connected.await(CONNECT_SECONDS, TimeUnit.SECONDS)) {
        streams
            .err()
            .println(
                "Error: no ZooKeeper answers at " + address + " within " + CONNECT_SECONDS + " s.");
        return 1;
      }
      Commands commands = new Commands(client);
      if (command.length > 0) {
        return commands.run(
            String.join(" ", Arrays.stream(command).map(ZooKeeperShell::quote).toList()));
      }
      return interpret(streams, commands);
    } finally {
      client.close();
    }
  }

  /**
   * The shell splits its line at spaces; an argument that holds some was quoted by the user and is
   * again.
   */
  private static String quote(String argument) {
    boolean plain = !argument.isEmpty() && argument.chars().noneMatch(Character::isWhitespace);
    if (plain) {
      return argument;
    }
    return argument.indexOf('\'') < 0 ? "'" + argument + "'" : "\"" + argument + "\"";
  }

  private static int interpret(Streams streams, Commands commands)
      throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(streams.in(), StandardCharsets.UTF_8));
    int exitCode = 0;
    while (true) {
      if (streams.interactive()) {
        streams.out().print("> ");
        streams.out().flush();
      }
      String line = in.readLine();
      if (line == null || line.strip().equals("quit") || line.strip().equals("close")) {
        return exitCode;
      }
      if (!line.isBlank()) {
        exitCode = commands.run(line.strip());
      }
    }
  }

  /** ZooKeeper's own interpreter on our connection. */
  private static final class Commands extends org.apache.zookeeper.ZooKeeperMain {
    Commands(ZooKeeper client) {
      super(client);
    }

    /** Runs a line; returns its exit code. */
    int run(String line) throws IOException, InterruptedException {
      exitCode = 0;
      executeLine(line);
      return exitCode;
    }
  }
}
