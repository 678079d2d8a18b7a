package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ZooKeeperSettings;
import org.apache.curator.RetryPolicy;
import org.apache.curator.RetrySleeper;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.SessionConnectionStateErrorPolicy;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ZKConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Curator's client, which owns the connection: it makes the ZooKeeper handle, replaces it when the
 * session has expired, and closes it. Handles are numbered from 1 in the order of their making, and
 * events are told with the number of theirs.
 *
 * <p>An operation is started on the very handle its caller means and only while that is connected,
 * or not at all: the gate is there so that neither can change in between. The thread of the events
 * and the one of the caller hold it for as long as it takes to enqueue something.
 *
 * <p>Curator is not told that a connection is lost, only that a session is. It would do two things,
 * and neither can be switched off: keep operations back and start them up to a second later on a
 * thread of its own, overtaken by others and perhaps on the next session; and after the session's
 * timeout by its own clock abandon a session that the servers, when they come back from an outage,
 * would have let live on - and with it all registrations at once.
 *
 * <p>Opened and closed by {@link Session}. Callbacks of operations and the sink run on ZooKeeper's
 * event thread, in the order in which the server answered.
 */
final class CuratorConnection {
  private static final Logger LOG = LoggerFactory.getLogger(CuratorConnection.class);

  /**
   * Of the client, in bytes: answers to batched reads are larger than the 1 MiB a single znode may
   * have.
   */
  private static final int MAX_RESPONSE = 16 << 20;

  /** Told of everything that happens to a handle. */
  interface Sink {
    void onEvent(int handleNumber, WatchedEvent event);
  }

  /** Starts one operation; must not wait for its answer. */
  interface Operation {
    void start(CuratorFramework client) throws Exception;
  }

  private final ZooKeeperSettings settings;
  private final Sink sink;
  private final CuratorFramework client;

  private final Object gate = new Object();
  // The four below: under the gate.
  private int newest;
  private ZooKeeper handle;
  private boolean connected;
  private boolean closed;

  CuratorConnection(ZooKeeperSettings settings, Sink sink) {
    this.settings = settings;
    this.sink = sink;
    this.client =
        CuratorFrameworkFactory.builder()
            .connectString(settings.connect())
            .sessionTimeoutMs(settings.sessionTimeoutMs())
            .connectionTimeoutMs(settings.connectionTimeoutMs())
            .zookeeperFactory((connect, timeout, watcher, readOnly) -> make(timeout, watcher))
            .retryPolicy(new NoRepetition())
            .connectionStateErrorPolicy(new SessionConnectionStateErrorPolicy())
            // The servers are those of the settings; their configuration is not watched.
            .ensembleTracker(false)
            .build();
  }

  /**
   * The connection is sought again for ever, but an operation is never repeated: a conditional
   * write would meet its own first attempt, and everything would be overtaken. Whoever asked looks
   * at what became of it and decides.
   */
  private static final class NoRepetition implements RetryPolicy {
    @Override
    public boolean allowRetry(int retryCount, long elapsedTimeMs, RetrySleeper sleeper) {
      return false;
    }

    @Override
    public boolean allowRetry(Throwable exception) {
      return false;
    }
  }

  /** Makes the first handle; without one, as {@link #hasHandle} tells, {@link #renew} is next. */
  void open() {
    client.start();
  }

  private ZooKeeper make(int sessionTimeoutMs, Watcher curator) throws Exception {
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKConfig.JUTE_MAXBUFFER, Integer.toString(MAX_RESPONSE));
    synchronized (gate) {
      if (closed) {
        throw new IllegalStateException("No ZooKeeper session is opened: the broker is closing");
      }
      int number = newest + 1;
      ZooKeeper made =
          new ZooKeeper(
              settings.connect(), sessionTimeoutMs, event -> tell(number, event, curator), config);
      newest = number;
      handle = made;
      connected = false;
      return made;
    }
  }

  private void tell(int number, WatchedEvent event, Watcher curator) {
    if (event.getType() != EventType.None) {
      sink.onEvent(number, event); // nobody listens at Curator
      return;
    }
    synchronized (gate) {
      sink.onEvent(number, event);
      switch (event.getState()) {
        case SyncConnected -> {
          connected = true;
          curator.process(event);
        }
        case SaslAuthenticated -> curator.process(event);
        case Expired -> {
          connected = false;
          // So that Curator cannot take the next handle's connection for the end of this one's.
          curator.process(new WatchedEvent(EventType.None, KeeperState.Disconnected, null));
        }
        default -> connected = false;
      }
    }
    if (event.getState() == KeeperState.Expired) {
      curator.process(event); // makes the next handle, which takes its time
    }
  }

  /**
   * Starts an operation on the handle of this number.
   *
   * @return OK when it was started; CONNECTIONLOSS when the handle is not connected and
   *     SESSIONEXPIRED when it is not the current one: then it was not and never will be
   * @throws Exception what Curator or the operation throws
   */
  Code start(int number, Operation operation) throws Exception {
    synchronized (gate) {
      if (closed || number != newest) {
        return Code.SESSIONEXPIRED;
      }
      if (!connected) {
        return Code.CONNECTIONLOSS;
      }
      operation.start(client);
      return Code.OK;
    }
  }

  /** The handle of this number; null when it is not the current one. */
  ZooKeeper handle(int number) {
    synchronized (gate) {
      return number == newest ? handle : null;
    }
  }

  /** True when the handle of this number, or a later one, has been made. */
  boolean hasHandle(int number) {
    synchronized (gate) {
      return newest >= number;
    }
  }

  /** Makes Curator give up the present handle, if there is one, and make another. */
  void renew() throws Exception {
    client.getZookeeperClient().reset();
  }

  /** Ends the session with one request to the server, when that is reachable. */
  void close() {
    ZooKeeper last;
    synchronized (gate) {
      closed = true;
      last = handle;
    }
    client.close();
    if (last != null) {
      try {
        last.close(); // for the case that Curator was just replacing it; else closed already
      } catch (InterruptedException e) {
        LOG.warn("Interrupted while the ZooKeeper session was being closed");
        Thread.currentThread().interrupt();
      }
    }
  }
}
