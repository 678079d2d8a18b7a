package io.ottla.core.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ZooKeeper server inside the broker's process, for a laptop: listens on 127.0.0.1 only and
 * keeps its data beside the logs, so that the two never part. Its directory is locked against a
 * second process.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedZooKeeper.class);
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final int TICK_MS = 2_000;
  private static final int MAX_CONNECTIONS = 200;
  private static final int KEPT_SNAPSHOTS = 3;
  private static final int PURGE_HOURS = 1;

  private final FileChannel lockFile;
  private final ServerCnxnFactory connections;
  private final ZooKeeperServer server;
  private final DatadirCleanupManager cleanup;

  private EmbeddedZooKeeper(
      FileChannel lockFile,
      ServerCnxnFactory connections,
      ZooKeeperServer server,
      DatadirCleanupManager cleanup) {
    this.lockFile = lockFile;
    this.connections = connections;
    this.server = server;
    this.cleanup = cleanup;
  }

  /**
   * Starts a server.
   *
   * @param directory where its data is kept; made when missing
   * @param preferredPort the port to use when it is free, else any free one
   * @throws StartupException when another process uses the directory
   */
  public static EmbeddedZooKeeper start(Path directory, int preferredPort) {
    FileChannel lockFile = lock(directory);
    try {
      ZooKeeperServer server =
          new ZooKeeperServer(
              new FileTxnSnapLog(directory.toFile(), directory.toFile()), TICK_MS, "");
      ServerCnxnFactory connections = bind(preferredPort);
      connections.startup(server);
      DatadirCleanupManager cleanup =
          new DatadirCleanupManager(
              directory.toFile(), directory.toFile(), KEPT_SNAPSHOTS, PURGE_HOURS);
      cleanup.start();
      LOG.info(
          "Embedded ZooKeeper listens on 127.0.0.1:{}, data in {}",
          connections.getLocalPort(),
          directory);
      return new EmbeddedZooKeeper(lockFile, connections, server, cleanup);
    } catch (IOException e) {
      closeQuietly(lockFile);
      throw new StartupException(
          "The embedded ZooKeeper cannot start in " + directory + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      closeQuietly(lockFile);
      Thread.currentThread().interrupt();
      throw new StartupException("Interrupted while the embedded ZooKeeper started", e);
    }
  }

  private static FileChannel lock(Path directory) {
    Path file = directory.resolve(".lock");
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        lock = null;
      }
      if (lock == null) {
        channel.close();
        throw new StartupException(
            "Another process uses the ZooKeeper data in "
                + directory
                + ". Stop that process, or give this one a configuration file with zookeeper.connect"
                + " and log.dirs of its own.");
      }
      return channel;
    } catch (IOException e) {
      throw new StartupException(
          "Cannot use " + directory + " for ZooKeeper's data: " + e.getMessage(), e);
    }
  }

  private static ServerCnxnFactory bind(int preferredPort) throws IOException {
    try {
      return bindTo(preferredPort);
    } catch (BindException e) {
      LOG.info("Port {} is in use; the embedded ZooKeeper takes a free one", preferredPort);
      return bindTo(0);
    }
  }

  private static ServerCnxnFactory bindTo(int port) throws IOException {
    NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
    factory.configure(
        new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), MAX_CONNECTIONS);
    return factory;
  }

  /** For {@code zookeeper.connect}. */
  public String connectString() {
    return "127.0.0.1:" + connections.getLocalPort();
  }

  @Override
  public void close() {
    cleanup.shutdown();
    connections.shutdown();
    server.shutdown(true);
    closeQuietly(lockFile);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
