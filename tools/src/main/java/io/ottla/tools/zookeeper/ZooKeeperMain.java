package io.ottla.tools.zookeeper;

import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.zookeeper.server.ServerConfig;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs ZooKeeper from a configuration file until the process is told to end: one server, or a
 * member of an ensemble when the file names its members. Relative folders of the file start at the
 * base folder (system property {@code ottla.home}).
 */
public final class ZooKeeperMain {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperMain.class);
  private static final String USAGE =
      """
      Usage: zookeeper-server-start.sh [-daemon] <config-file>
      Runs ZooKeeper with the file, for example config/zookeeper.properties.
        -daemon      runs it in the background
        -h, --help   prints this help""";

  private ZooKeeperMain() {}

  /** Runs the server; exit code 1 if it cannot start. */
  public static void main(String[] args) {
    if (args.length == 1 && (args[0].equals("-h") || args[0].equals("--help"))) {
      System.out.println(USAGE);
      return;
    }
    if (args.length != 1) {
      System.err.println(USAGE);
      System.exit(1);
    }
    Path file = Path.of(args[0]);
    try {
      run(read(file, Path.of(System.getProperty("ottla.home", ""))));
    } catch (BindException e) {
      fail(file, "its port is in use by another process (" + e.getMessage() + ")", e);
    } catch (Exception e) {
      fail(file, e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  private static void fail(Path file, String reason, Exception error) {
    LOG.debug("ZooKeeper did not start", error);
    System.err.println("ZooKeeper cannot run with " + file + ": " + reason);
    System.exit(1);
  }

  /** The settings of the file, with folders made absolute. */
  static Properties read(Path file, Path base) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no such file");
    }
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    }
    for (String key : new String[] {"dataDir", "dataLogDir"}) {
      String folder = properties.getProperty(key);
      if (folder != null) {
        Path absolute = base.toAbsolutePath().resolve(folder.strip()).normalize();
        Files.createDirectories(absolute);
        properties.setProperty(key, absolute.toString());
      }
    }
    return properties;
  }

  private static void run(Properties properties) throws Exception {
    QuorumPeerConfig config = new QuorumPeerConfig();
    config.parseProperties(properties);
    LOG.info(
        "ZooKeeper starts on {} with its data in {}",
        config.getClientPortAddress(),
        config.getDataDir());
    if (config.isDistributed()) {
      new QuorumPeerMain().runFromConfig(config);
    } else {
      ServerConfig single = new ServerConfig();
      single.readFrom(config);
      new ZooKeeperServerMain().runFromConfig(single);
    }
  }
}
