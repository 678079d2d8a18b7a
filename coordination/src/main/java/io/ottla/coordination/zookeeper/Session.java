package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ZKConfig;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the ZooKeeper handle and is the only one to know its state: opens it, replaces it for ever
 * when the session has expired, and tells its listener. Operations never block; their futures
 * complete on the event thread in the order in which the server answered.
 *
 * <p>A future fails with a {@link KeeperException}; {@link #isLost} tells that the outcome is
 * unknown. Answers and watch events of one session come in the order of the server's history: who
 * has seen an answer has been told of every change before it.
 *
 * <p>Confined to the event thread, except for {@link #isAlive()}.
 */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /**
   * Of the client, in bytes: answers to batched reads are larger than the 1 MiB a single znode may
   * have.
   */
  private static final int MAX_RESPONSE = 16 << 20;

  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(5);

  /** What the owner of the session tells of it. */
  interface Listener {
    /**
     * Connected.
     *
     * @param newSession false when the same session is connected again; then no event between the
     *     two is told
     */
    void onConnected(boolean newSession);

    /** The session is over, and its ephemerals with it; a new one will be opened. */
    void onExpired();

    /** Something changed below a watched path. */
    void onChange(WatchedEvent event);
  }

  /** Data and stat of a znode; the data belongs to the reader. */
  static final class Node {
    private final byte[] data;
    private final Stat stat;

    Node(byte[] data, Stat stat) {
      this.data = data;
      this.stat = stat;
    }

    byte[] data() {
      return data;
    }

    Stat stat() {
      return stat;
    }
  }

  /**
   * Answer to a batch of writes.
   *
   * @param code OK when all of it was applied; else nothing was
   * @param results per operation; the first with an error of its own is the culprit
   */
  record Batch(Code code, List<OpResult> results) {
    boolean applied() {
      return code == Code.OK;
    }

    /**
     * Error of one operation; OK for those that had none or were rolled back because of another.
     */
    Code error(int index) {
      if (results != null
          && index < results.size()
          && results.get(index) instanceof OpResult.ErrorResult error) {
        Code own = Code.get(error.getErr());
        return own == Code.RUNTIMEINCONSISTENCY ? Code.OK : own;
      }
      return Code.OK;
    }
  }

  private final ZooKeeperSettings settings;
  private final EventLoop loop;
  private final Listener listener;

  private ZooKeeper handle;
  private int generation;
  private boolean connected;
  private boolean sessionSeen;
  private boolean closed;
  private boolean beating;
  private Duration backoff = FIRST_BACKOFF;

  /**
   * Start of the newest operation that the server has answered in this session; meaningful while
   * {@link #confirmed}.
   */
  private volatile long confirmedAt;

  private volatile boolean confirmed;
  private volatile long timeoutNanos;

  Session(ZooKeeperSettings settings, EventLoop loop, Listener listener) {
    this.settings = settings;
    this.loop = loop;
    this.listener = listener;
    this.timeoutNanos = Duration.ofMillis(settings.sessionTimeoutMs()).toNanos();
  }

  /**
   * False from the moment at which the server may have expired the session, by the own clock: the
   * server counts from the last thing it heard, which is not before the start of the last operation
   * it answered.
   */
  boolean isAlive() {
    return confirmed && loop.nanoTime() - confirmedAt < timeoutNanos;
  }

  boolean isConnected() {
    return connected;
  }

  long sessionId() {
    return handle == null ? 0 : handle.getSessionId();
  }

  ZooKeeperCoordination.SessionCredentials credentials() {
    return new ZooKeeperCoordination.SessionCredentials(
        handle.getSessionId(), handle.getSessionPasswd());
  }

  /** Granted by the server once connected. */
  Duration timeout() {
    return Duration.ofNanos(timeoutNanos);
  }

  /** Opens the first handle; the listener hears when it is connected. */
  void open() {
    if (closed) {
      return;
    }
    int mine = ++generation;
    sessionSeen = false;
    beating = false;
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKConfig.JUTE_MAXBUFFER, Integer.toString(MAX_RESPONSE));
    Watcher watcher = event -> loop.execute(() -> onEvent(mine, event));
    try {
      handle = new ZooKeeper(settings.connect(), settings.sessionTimeoutMs(), watcher, config);
    } catch (IOException | IllegalArgumentException e) {
      LOG.error(
          "Cannot open a ZooKeeper session to {}; tried again in {}",
          settings.connect(),
          backoff,
          e);
      reopenLater();
    }
  }

  /** Ends the session; its ephemerals vanish at once when ZooKeeper is reachable. */
  void close() {
    closed = true;
    connected = false;
    confirmed = false;
    generation++;
    closeHandle();
  }

  /** Quick for a dead session; a living one is ended with one request to the server. */
  private void closeHandle() {
    ZooKeeper old = handle;
    handle = null;
    if (old != null) {
      try {
        old.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void onEvent(int ofGeneration, WatchedEvent event) {
    if (ofGeneration != generation) {
      return;
    }
    if (event.getType() != Watcher.Event.EventType.None) {
      listener.onChange(event);
      return;
    }
    switch (event.getState()) {
      case SyncConnected, ConnectedReadOnly, SaslAuthenticated -> onConnected();
      case Disconnected -> {
        if (connected) {
          LOG.warn(
              "Connection to ZooKeeper {} lost; the session lives on for up to {}",
              settings.connect(),
              timeout());
        }
        connected = false;
      }
      case Expired ->
          lose(
              "The ZooKeeper session 0x" + Long.toHexString(sessionId()) + " has expired",
              FIRST_BACKOFF);
      case AuthFailed ->
          lose(
              "ZooKeeper " + settings.connect() + " refuses to authenticate us",
              Duration.ofSeconds(1));
      default -> LOG.debug("ZooKeeper session event {}", event);
    }
  }

  private void onConnected() {
    if (connected) {
      return;
    }
    connected = true;
    boolean newSession = !sessionSeen;
    sessionSeen = true;
    timeoutNanos = Duration.ofMillis(handle.getSessionTimeout()).toNanos();
    backoff = FIRST_BACKOFF;
    LOG.info(
        "Connected to ZooKeeper {}, {} session 0x{}, timeout {}",
        settings.connect(),
        newSession ? "new" : "same",
        Long.toHexString(sessionId()),
        timeout());
    beat();
    if (newSession) {
      beatLater(generation);
    }
    listener.onConnected(newSession);
  }

  private void lose(String reason, Duration delay) {
    LOG.warn("{}; a new one is opened", reason);
    connected = false;
    confirmed = false;
    generation++;
    backoff = delay;
    listener.onExpired();
    closeHandle();
    reopenLater();
  }

  private void reopenLater() {
    loop.schedule(backoff, this::open);
    backoff =
        backoff.multipliedBy(2).compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : backoff.multipliedBy(2);
  }

  private void beatLater(int ofGeneration) {
    long interval = Math.max(50_000_000L, Math.min(timeoutNanos / 6, 2_000_000_000L));
    loop.schedule(
        Duration.ofNanos(interval),
        () -> {
          if (ofGeneration == generation) {
            beat();
            beatLater(ofGeneration);
          }
        });
  }

  /**
   * The client's own pings keep the session alive but tell nobody; this is how we know that the
   * server has heard us.
   */
  private void beat() {
    if (connected && !beating) {
      beating = true;
      CompletableFuture<Stat> unused =
          this.<Stat>submit(
                  (zk, reply) ->
                      zk.exists("/", false, (rc, path, ctx, stat) -> reply.accept(rc, stat), null))
              .whenComplete((stat, error) -> beating = false);
    }
  }

  CompletableFuture<Stat> create(String path, byte[] data, CreateMode mode) {
    return submit(
        (zk, reply) ->
            zk.create(
                path,
                data,
                ZooDefs.Ids.OPEN_ACL_UNSAFE,
                mode,
                (rc, p, ctx, name, stat) -> reply.accept(rc, stat),
                null));
  }

  CompletableFuture<Stat> setData(String path, byte[] data, int version) {
    return submit(
        (zk, reply) ->
            zk.setData(path, data, version, (rc, p, ctx, stat) -> reply.accept(rc, stat), null));
  }

  CompletableFuture<Void> delete(String path, int version) {
    return submit(
        (zk, reply) -> zk.delete(path, version, (rc, p, ctx) -> reply.accept(rc, null), null));
  }

  CompletableFuture<Node> getData(String path) {
    return submit(
        (zk, reply) ->
            zk.getData(
                path,
                false,
                (rc, p, ctx, data, stat) -> reply.accept(rc, new Node(data, stat)),
                null));
  }

  CompletableFuture<List<String>> getChildren(String path) {
    return submit(
        (zk, reply) ->
            zk.getChildren(
                path,
                false,
                (int rc, String p, Object ctx, List<String> children) -> reply.accept(rc, children),
                null));
  }

  /** Makes the server we are connected to catch up with the leader of the ensemble. */
  CompletableFuture<Void> sync() {
    return submit((zk, reply) -> zk.sync("/", (rc, p, ctx) -> reply.accept(rc, null), null));
  }

  CompletableFuture<Void> watchRecursively(String path) {
    return submit(
        (zk, reply) ->
            zk.addWatch(
                path,
                AddWatchMode.PERSISTENT_RECURSIVE,
                (rc, p, ctx) -> reply.accept(rc, null),
                null));
  }

  /** Reads many znodes in one round trip; a missing one is an ErrorResult. */
  CompletableFuture<List<OpResult>> read(List<Op> reads) {
    return submit(
        (zk, reply) ->
            zk.multi(
                reads,
                (rc, p, ctx, results) ->
                    reply.accept(results == null ? rc : Code.OK.intValue(), results),
                null));
  }

  /** Writes all or nothing; a refusal is a value, not a failure of the future. */
  CompletableFuture<Batch> write(List<Op> writes) {
    return submit(
        (zk, reply) ->
            zk.multi(
                writes,
                (rc, p, ctx, results) -> {
                  Code code = Code.get(rc);
                  reply.accept(isLost(code) ? rc : Code.OK.intValue(), new Batch(code, results));
                },
                null));
  }

  /** True when nobody knows whether the operation took effect. */
  static boolean isLost(Throwable error) {
    return error instanceof KeeperException keeper && isLost(keeper.code());
  }

  private static boolean isLost(Code code) {
    return switch (code) {
      case CONNECTIONLOSS,
          SESSIONEXPIRED,
          SESSIONMOVED,
          OPERATIONTIMEOUT,
          REQUESTTIMEOUT,
          AUTHFAILED,
          SESSIONCLOSEDREQUIRESASLAUTH ->
          true;
      default -> false;
    };
  }

  static Code code(Throwable error) {
    return error instanceof KeeperException keeper ? keeper.code() : Code.SYSTEMERROR;
  }

  private interface Reply<T> {
    void accept(int rc, T value);
  }

  private interface Operation<T> {
    void start(ZooKeeper zk, Reply<T> reply);
  }

  private <T> CompletableFuture<T> submit(Operation<T> operation) {
    CompletableFuture<T> future = new CompletableFuture<>();
    ZooKeeper zk = handle;
    if (zk == null) {
      loop.execute(() -> future.completeExceptionally(KeeperException.create(Code.SESSIONEXPIRED)));
      return future;
    }
    long started = loop.nanoTime();
    int mine = generation;
    operation.start(
        zk, (rc, value) -> loop.execute(() -> answer(future, mine, started, rc, value)));
    return future;
  }

  private <T> void answer(
      CompletableFuture<T> future, int ofGeneration, long started, int rc, T value) {
    Code code = Code.get(rc);
    if (!isLost(code) && ofGeneration == generation && (!confirmed || started - confirmedAt > 0)) {
      confirmedAt = started;
      confirmed = true;
    }
    if (code == Code.OK) {
      future.complete(value);
    } else {
      future.completeExceptionally(KeeperException.create(code));
    }
  }
}
