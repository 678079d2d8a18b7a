package io.ottla.network.server;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.ottla.network.api.RequestHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The listening side of a broker: binds its listeners, accepts connections on the given event loops
 * and feeds one request handler.
 *
 * <p>In order: {@link #bind()} (ports are taken, clients queue in the kernel), {@link
 * #startAccepting()}, {@link #close()}; these three by one thread, not an event loop. Closes its
 * listeners and connections, not the event loops.
 */
public final class NetworkServer implements AutoCloseable {
  private static final int MIN_READ_BYTES = 1024;
  private static final int FIRST_READ_BYTES = 4 * 1024;
  private static final int MAX_READ_BYTES = 1024 * 1024;

  /** Reads of one connection before the loop turns to the next one. */
  private static final int READS_PER_TURN = 4;

  private static final String OPEN_CONNECTIONS = "network.connections.open";

  private final NetworkServerConfig config;
  private final EventLoops loops;
  private final Function<ListenerConfig, TransportSecurity> security;
  private final MetricRegistry metrics;
  private final ConnectionLimits limits;
  private final ConnectionInitializer connections;
  private final List<Channel> listening = new ArrayList<>();

  /** A server for plain listeners. */
  public NetworkServer(
      NetworkServerConfig config,
      EventLoops loops,
      RequestHandler handler,
      MetricRegistry metrics) {
    this(config, loops, handler, metrics, NetworkServer::plain, System::nanoTime);
  }

  /**
   * @param security the transport security of each listener
   * @param nanoClock monotonic time in nanoseconds
   */
  public NetworkServer(
      NetworkServerConfig config,
      EventLoops loops,
      RequestHandler handler,
      MetricRegistry metrics,
      Function<ListenerConfig, TransportSecurity> security,
      LongSupplier nanoClock) {
    this.config = config;
    this.loops = loops;
    this.security = security;
    this.metrics = metrics;
    this.limits = new ConnectionLimits(config.maxConnections(), config.maxConnectionsPerIp());
    this.connections =
        new ConnectionInitializer(
            config, handler, new ConnectionEvents(metrics, nanoClock), limits, nanoClock);
    metrics.register(OPEN_CONNECTIONS, (Gauge<Integer>) limits::total);
  }

  private static TransportSecurity plain(ListenerConfig listener) {
    if (listener.securityProtocol().endsWith("SSL")) {
      throw new IllegalArgumentException(
          "Listener "
              + listener.name()
              + " has security protocol "
              + listener.securityProtocol()
              + ", but this server was built without TLS; use PLAINTEXT");
    }
    return TransportSecurity.NONE;
  }

  /**
   * Binds every listener; nothing is accepted before {@link #startAccepting()}.
   *
   * @return the bound address by listener name, in the order of the configuration
   * @throws UncheckedIOException when an address cannot be bound; none is bound then
   */
  public Map<String, InetSocketAddress> bind() {
    Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
    for (ListenerConfig listener : config.listeners()) {
      ChannelFuture bound = bootstrap(listener).bind(listener.bindAddress());
      bound.awaitUninterruptibly();
      if (!bound.isSuccess()) {
        stopListening();
        throw cannotBind(listener, bound.cause());
      }
      listening.add(bound.channel());
      addresses.put(listener.name(), (InetSocketAddress) bound.channel().localAddress());
    }
    return addresses;
  }

  /** Begins to accept connections. */
  public void startAccepting() {
    listening.forEach(channel -> channel.config().setAutoRead(true));
  }

  /** Connections open now. */
  public int connectionCount() {
    return limits.total();
  }

  /** Stops listening and closes every connection; waits up to five seconds for them. */
  @Override
  public void close() {
    stopListening();
    connections.refuseFurther();
    List<Channel> open = List.copyOf(connections.open());
    for (Channel channel : open) {
      channel
          .eventLoop()
          .execute(
              () -> {
                ConnectionHandler handler = channel.pipeline().get(ConnectionHandler.class);
                if (handler != null) {
                  handler.serverClosed();
                }
              });
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    for (Channel channel : open) {
      long left = deadline - System.nanoTime();
      channel.closeFuture().awaitUninterruptibly(Math.max(0, left), TimeUnit.NANOSECONDS);
    }
    // A connection is counted out by a listener of its end, which may run a moment after it.
    while (!connections.open().isEmpty() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    metrics.remove(OPEN_CONNECTIONS);
  }

  private void stopListening() {
    for (Channel channel : listening) {
      channel.close().awaitUninterruptibly();
    }
    listening.clear();
  }

  private ServerBootstrap bootstrap(ListenerConfig listener) {
    Class<? extends ServerChannel> type =
        loops.epoll() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    AdaptiveRecvByteBufAllocator reads =
        new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES);
    reads.maxMessagesPerRead(READS_PER_TURN);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops.group())
            .channel(type)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, config.backlog())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOCATOR, loops.allocator())
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, reads)
            .childOption(ChannelOption.MESSAGE_SIZE_ESTIMATOR, new PendingBytesEstimator())
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(
                    config.writeBufferLowWaterMark(), config.writeBufferHighWaterMark()))
            .childHandler(connections.forListener(listener, security.apply(listener)));
    if (config.receiveBuffer() > 0) {
      // On the listening socket, so that the window scale of new connections allows for it.
      bootstrap.option(ChannelOption.SO_RCVBUF, config.receiveBuffer());
      bootstrap.childOption(ChannelOption.SO_RCVBUF, config.receiveBuffer());
    }
    if (config.sendBuffer() > 0) {
      bootstrap.childOption(ChannelOption.SO_SNDBUF, config.sendBuffer());
    }
    return bootstrap;
  }

  private static UncheckedIOException cannotBind(ListenerConfig listener, Throwable cause) {
    IOException error =
        new BindException(
            "Cannot listen on "
                + (listener.host().isEmpty() ? "*" : listener.host())
                + ":"
                + listener.port()
                + " for listener "
                + listener.name()
                + ": "
                + cause.getMessage()
                + "; stop what uses the port or change \"listeners\"");
    error.initCause(cause);
    return new UncheckedIOException(error);
  }
}
