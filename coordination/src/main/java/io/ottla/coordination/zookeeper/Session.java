package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session with ZooKeeper, and the only one to know its state. Curator opens it and replaces it
 * for ever when it has expired ({@link CuratorConnection}); this class tells its listener.
 * Operations never block; their futures complete on the event thread in the order in which the
 * server answered.
 *
 * <p>A future fails with a {@link KeeperException}; {@link #isLost} tells that the outcome is
 * unknown. Answers and watch events of one session come in the order of the server's history: who
 * has seen an answer has been told of every change before it. No operation is ever repeated, and
 * none of one session is carried out in the next.
 *
 * <p>Operations go through Curator, in background. Two use the handle that Curator holds, and come
 * in the same order: batched reads, because Curator's transactions only write, and the adding of
 * watches, because Curator's watchers are told of an event without its zxid, by which we know the
 * events of our own writes. State is learned from the events of the handle and not from Curator's
 * ConnectionStateListener, which is told on another thread: its "reconnected" may come after
 * answers and watch events of the new connection.
 *
 * <p>Confined to the event thread, except for {@link #isAlive()}.
 */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

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
  record Batch(Code code, List<CuratorTransactionResult> results) {
    boolean applied() {
      return code == Code.OK;
    }

    /**
     * Error of one operation; OK for those that had none or were rolled back because of another.
     */
    Code error(int index) {
      if (results == null || index >= results.size()) {
        return Code.OK;
      }
      Code own = Code.get(results.get(index).getError());
      return own == Code.RUNTIMEINCONSISTENCY ? Code.OK : own;
    }
  }

  private final ZooKeeperSettings settings;
  private final EventLoop loop;
  private final Listener listener;

  private final CuratorConnection connection;

  /** Number of the handle whose events and answers count; the next one when there is none. */
  private int generation = 1;

  private long sessionId;
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
    this.connection =
        new CuratorConnection(
            settings, (number, event) -> loop.execute(() -> onEvent(number, event)));
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

  /** Of the session known to the event thread; 0 while there is none. */
  long sessionId() {
    return sessionId;
  }

  /** For tests; only while connected. */
  ZooKeeperCoordination.SessionCredentials credentials() {
    return new ZooKeeperCoordination.SessionCredentials(
        sessionId, connection.handle(generation).getSessionPasswd());
  }

  /** Granted by the server once connected. */
  Duration timeout() {
    return Duration.ofNanos(timeoutNanos);
  }

  /** Opens the first session; the listener hears when it is connected. */
  void open() {
    if (!closed) {
      connection.open();
      ensureHandle();
    }
  }

  /** Ends the session; its ephemerals vanish at once when ZooKeeper is reachable. */
  void close() {
    closed = true;
    connected = false;
    confirmed = false;
    sessionId = 0;
    connection.close();
  }

  /**
   * Curator makes the next handle by itself, but only once: when that fails, or the session ended
   * without having expired, it needs a push.
   */
  private void ensureHandle() {
    int mine = generation;
    loop.schedule(
        backoff,
        () -> {
          if (closed || mine != generation || connection.hasHandle(mine)) {
            return;
          }
          try {
            connection.renew();
          } catch (Exception e) {
            LOG.error(
                "Cannot open a ZooKeeper session to {}; tried again in {}",
                settings.connect(),
                backoff,
                e);
          }
          ensureHandle();
        });
    backoff =
        backoff.multipliedBy(2).compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : backoff.multipliedBy(2);
  }

  private void onEvent(int ofGeneration, WatchedEvent event) {
    if (closed || ofGeneration < generation) {
      return;
    }
    generation = ofGeneration; // later ones only follow those that never connected
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
    ZooKeeper handle = connection.handle(generation);
    if (connected || handle == null) {
      return; // without a handle: expired already, as the next event tells
    }
    connected = true;
    boolean newSession = !sessionSeen;
    sessionSeen = true;
    sessionId = handle.getSessionId();
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
    sessionSeen = false;
    beating = false;
    sessionId = 0;
    generation++;
    backoff = delay;
    listener.onExpired();
    ensureHandle();
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
      int mine = generation;
      CompletableFuture<Stat> unused =
          submit(
                  (client, reply) -> client.checkExists().inBackground(reply).forPath("/"),
                  CuratorEvent::getStat)
              .whenComplete(
                  (stat, error) -> {
                    if (mine == generation) {
                      beating = false;
                    }
                  });
    }
  }

  CompletableFuture<Stat> create(String path, byte[] data, CreateMode mode) {
    return submit(
        (client, reply) ->
            client
                .create()
                .storingStatIn(new Stat())
                .withMode(mode)
                .inBackground(reply)
                .forPath(path, data),
        CuratorEvent::getStat);
  }

  CompletableFuture<Stat> setData(String path, byte[] data, int version) {
    return submit(
        (client, reply) ->
            client.setData().withVersion(version).inBackground(reply).forPath(path, data),
        CuratorEvent::getStat);
  }

  CompletableFuture<Void> delete(String path, int version) {
    return submit(
        (client, reply) -> client.delete().withVersion(version).inBackground(reply).forPath(path),
        event -> null);
  }

  CompletableFuture<Node> getData(String path) {
    return submit(
        (client, reply) -> client.getData().inBackground(reply).forPath(path),
        event -> new Node(event.getData(), event.getStat()));
  }

  CompletableFuture<List<String>> getChildren(String path) {
    return submit(
        (client, reply) -> client.getChildren().inBackground(reply).forPath(path),
        CuratorEvent::getChildren);
  }

  /** Makes the server we are connected to catch up with the leader of the ensemble. */
  CompletableFuture<Void> sync() {
    return submit((client, reply) -> client.sync().inBackground(reply).forPath("/"), event -> null);
  }

  CompletableFuture<Void> watchRecursively(String path) {
    return submitToHandle(
        (zk, reply) ->
            zk.addWatch(
                path,
                AddWatchMode.PERSISTENT_RECURSIVE,
                (rc, p, ctx) -> reply.answer(rc, null),
                null));
  }

  /** Reads many znodes in one round trip; a missing one is an ErrorResult. */
  CompletableFuture<List<OpResult>> read(List<Op> reads) {
    return submitToHandle(
        (zk, reply) ->
            zk.multi(
                reads,
                (rc, p, ctx, results) ->
                    reply.answer(results == null ? rc : Code.OK.intValue(), results),
                null));
  }

  /** Writes all or nothing; a refusal is a value, not a failure of the future. */
  CompletableFuture<Batch> write(List<Op> writes) {
    List<CuratorOp> operations = new ArrayList<>(writes.size());
    for (Op write : writes) {
      operations.add(TransactionOp.of(write));
    }
    Pending<Batch> pending = new Pending<>();
    BackgroundCallback reply =
        (framework, event) -> {
          Code code = Code.get(event.getResultCode());
          pending.answer(
              isLost(code) ? event.getResultCode() : Code.OK.intValue(),
              new Batch(code, event.getOpResults()));
        };
    pending.start(client -> client.transaction().inBackground(reply).forOperations(operations));
    return pending.future;
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

  private interface Operation {
    void start(CuratorFramework client, BackgroundCallback reply) throws Exception;
  }

  private <T> CompletableFuture<T> submit(Operation operation, Function<CuratorEvent, T> value) {
    Pending<T> pending = new Pending<>();
    BackgroundCallback reply =
        (framework, event) -> pending.answer(event.getResultCode(), value.apply(event));
    pending.start(client -> operation.start(client, reply));
    return pending.future;
  }

  private interface HandleOperation<T> {
    void start(ZooKeeper zk, Pending<T> reply);
  }

  private <T> CompletableFuture<T> submitToHandle(HandleOperation<T> operation) {
    Pending<T> pending = new Pending<>();
    pending.start(client -> operation.start(client.getZookeeperClient().getZooKeeper(), pending));
    return pending.future;
  }

  /** One operation on its way. */
  private final class Pending<T> {
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final long started = loop.nanoTime();
    private final int ofGeneration = generation;

    void start(CuratorConnection.Operation operation) {
      Code code;
      try {
        code = connection.start(ofGeneration, operation);
      } catch (Exception e) {
        loop.execute(() -> future.completeExceptionally(e));
        return;
      }
      if (code != Code.OK) {
        loop.execute(() -> future.completeExceptionally(KeeperException.create(code)));
      }
    }

    /** On ZooKeeper's event thread. */
    void answer(int rc, T value) {
      loop.execute(() -> complete(Code.get(rc), value));
    }

    private void complete(Code code, T value) {
      if (!isLost(code)
          && ofGeneration == generation
          && (!confirmed || started - confirmedAt > 0)) {
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
}
