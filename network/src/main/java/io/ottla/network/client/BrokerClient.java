package io.ottla.network.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.ottla.network.server.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Asynchronous client of one peer: one connection, opened on demand on one event loop, ApiVersions
 * handshake first, requests pipelined, answers matched by correlation id.
 *
 * <p>Every future is completed within its deadline, on the event loop: with the answer, with a
 * {@link PeerUnavailableException} as soon as the connection is refused or ends, a {@link
 * PeerVersionException}, a {@link RejectedExecutionException} when too much is pending, or a {@link
 * TimeoutException}. A request that times out in flight closes the connection, for the answers
 * behind it are stuck as well. Nothing is sent twice; the next {@link #send} connects again.
 *
 * <p>Thread-safe; the state belongs to the event loop.
 */
public final class BrokerClient implements AutoCloseable {
  private static final int MIN_READ_BYTES = 1024;
  private static final int FIRST_READ_BYTES = 8 * 1024;
  private static final int MAX_READ_BYTES = 1024 * 1024;

  private final String host;
  private final int port;
  private final String peer;
  private final BrokerClientConfig config;
  private final EventLoop loop;
  private final EventLoops loops;
  private final Executor resolver;
  private final PeerConnection.Listener listener = new ConnectionListener();

  /** Requests that wait for the connection. */
  private final Deque<PendingRequest> waiting = new ArrayDeque<>();

  private PeerConnection connection;
  private ScheduledFuture<?> connectTimeout;
  private long attempt;
  private State state = State.IDLE;
  private volatile boolean connected;

  private enum State {
    IDLE,
    CONNECTING,
    READY,
    CLOSED
  }

  /**
   * @param loop one of {@code loops}, on which the connection lives
   * @param loops tells the kind of socket and the buffers
   * @param resolver runs name look-ups, which block; not used when {@code host} is an address
   */
  public BrokerClient(
      String host,
      int port,
      BrokerClientConfig config,
      EventLoop loop,
      EventLoops loops,
      Executor resolver) {
    this.host = host;
    this.port = port;
    this.peer = host + ":" + port;
    this.config = config;
    this.loop = loop;
    this.loops = loops;
    this.resolver = resolver;
  }

  /**
   * Sends a request in the highest version both sides know.
   *
   * @param requestData the generated {@code *RequestData}; must not change until the future is
   *     done. Not for requests that have no answer (acks=0).
   * @param timeout for everything: connecting, sending and the answer
   * @return the answer, which whoever receives it closes
   */
  public CompletableFuture<ClientResponse> send(ApiKeys key, Object requestData, Duration timeout) {
    PendingRequest request = new PendingRequest(key, requestData);
    if (loop.inEventLoop()) {
      enqueue(request, timeout);
    } else {
      try {
        loop.execute(() -> enqueue(request, timeout));
      } catch (RejectedExecutionException e) {
        request.fail(new PeerUnavailableException("The event loops are shut down", false, e));
      }
    }
    return request.future;
  }

  /** Whether a connection is open and its handshake done. */
  public boolean isConnected() {
    return connected;
  }

  /** Host and port, for logs. */
  public String peer() {
    return peer;
  }

  /** Closes the connection; what is pending, and every later request, fails. Idempotent. */
  @Override
  public void close() {
    try {
      loop.execute(this::closeOnLoop);
    } catch (RejectedExecutionException e) {
      // The loops are shut down and took the connection with them.
      connected = false;
    }
  }

  private void closeOnLoop() {
    if (state == State.CLOSED) {
      return;
    }
    PeerConnection last = connection;
    disconnected(State.CLOSED, new PeerUnavailableException("This client is closed", false, null));
    if (last != null) {
      last.close("is no longer used: this client is closed", null);
    }
  }

  private void enqueue(PendingRequest request, Duration timeout) {
    if (state == State.CLOSED) {
      request.fail(
          new PeerUnavailableException("The client of " + peer + " is closed", false, null));
      return;
    }
    int pending = waiting.size() + (connection == null ? 0 : connection.inFlight());
    if (pending >= config.maxPending()) {
      request.fail(
          new RejectedExecutionException(pending + " requests to " + peer + " are pending"));
      return;
    }
    request.timeout =
        loop.schedule(() -> timedOut(request, timeout), timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (state == State.READY) {
      connection.send(request);
      return;
    }
    waiting.add(request);
    if (state == State.IDLE) {
      connect();
    }
  }

  private void timedOut(PendingRequest request, Duration timeout) {
    request.timeout = null;
    waiting.remove(request);
    boolean inFlight = connection != null && connection.contains(request);
    request.fail(
        new TimeoutException(
            request.key.name
                + " to "
                + peer
                + " was not answered in "
                + timeout.toMillis()
                + " ms"));
    if (inFlight && connection != null) {
      connection.close("did not answer " + request.key.name + " in time", null);
    }
  }

  private void connect() {
    state = State.CONNECTING;
    long thisAttempt = ++attempt;
    connectTimeout =
        loop.schedule(
            () -> connectTimedOut(thisAttempt),
            config.connectTimeout().toNanos(),
            TimeUnit.NANOSECONDS);
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    try {
      if (address != null) {
        connect(thisAttempt, InetAddress.getByAddress(host, address));
      } else {
        resolver.execute(() -> resolve(thisAttempt));
      }
    } catch (UnknownHostException | RejectedExecutionException e) {
      cannotConnect(thisAttempt, e);
    }
  }

  /** On a thread of the resolver. */
  private void resolve(long thisAttempt) {
    Runnable next;
    try {
      InetAddress address = InetAddress.getByName(host);
      next = () -> connect(thisAttempt, address);
    } catch (UnknownHostException e) {
      next = () -> cannotConnect(thisAttempt, e);
    }
    try {
      loop.execute(next);
    } catch (RejectedExecutionException e) {
      // The loops are shut down; their scheduled deadlines are gone with them.
      connected = false;
    }
  }

  private void connect(long thisAttempt, InetAddress address) {
    if (state != State.CONNECTING || thisAttempt != attempt) {
      return;
    }
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(loops.epoll() ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.ALLOCATOR, loops.allocator())
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES))
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(Integer.MAX_VALUE, config.connectTimeout().toMillis()))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connection = new PeerConnection(peer, config, channel, listener);
                    channel.pipeline().addLast(connection);
                  }
                });
    if (config.receiveBuffer() > 0) {
      bootstrap.option(ChannelOption.SO_RCVBUF, config.receiveBuffer());
    }
    if (config.sendBuffer() > 0) {
      bootstrap.option(ChannelOption.SO_SNDBUF, config.sendBuffer());
    }
    ChannelFuture connecting = bootstrap.connect(new InetSocketAddress(address, port));
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            cannotConnect(thisAttempt, done.cause());
          }
        });
  }

  private void cannotConnect(long thisAttempt, Throwable cause) {
    if (state == State.CONNECTING && thisAttempt == attempt) {
      String message = "Cannot connect to " + peer + ": " + cause.getMessage();
      disconnected(State.IDLE, new PeerUnavailableException(message, false, cause));
    }
  }

  private void connectTimedOut(long thisAttempt) {
    if (state != State.CONNECTING || thisAttempt != attempt) {
      return;
    }
    String message =
        "did not connect and shake hands in " + config.connectTimeout().toMillis() + " ms";
    PeerConnection late = connection;
    disconnected(State.IDLE, new PeerUnavailableException(peer + " " + message, false, null));
    if (late != null) {
      late.close(message, null);
    }
  }

  /** Forgets the connection and fails what waited for it. */
  private void disconnected(State next, PeerUnavailableException cause) {
    state = next;
    connected = false;
    connection = null;
    if (connectTimeout != null) {
      connectTimeout.cancel(false);
      connectTimeout = null;
    }
    // Copied first: whoever is told may send again at once.
    List<PendingRequest> failed = new ArrayList<>(waiting);
    waiting.clear();
    failed.forEach(request -> request.fail(cause));
  }

  /** What the connection tells; a connection that was given up is not listened to. */
  private final class ConnectionListener implements PeerConnection.Listener {
    @Override
    public void ready(PeerConnection which) {
      if (which != connection) {
        return;
      }
      state = State.READY;
      connected = true;
      connectTimeout.cancel(false);
      connectTimeout = null;
      for (PendingRequest next = waiting.poll(); next != null; next = waiting.poll()) {
        which.send(next);
      }
    }

    @Override
    public void lost(PeerConnection which, PeerUnavailableException cause) {
      if (which == connection) {
        disconnected(State.IDLE, cause);
      }
    }
  }
}
