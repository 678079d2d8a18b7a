package io.ottla.network.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.ottla.network.api.RequestContext;
import io.ottla.network.api.RequestHandler;
import io.ottla.network.frame.CloseReason;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Sets up accepted connections of all listeners: checks the limits, installs the transport security
 * and the handler, and knows which connections are open. Thread-safe.
 */
final class ConnectionInitializer {
  private static final long MAX_SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MIN_SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final NetworkServerConfig config;
  private final RequestHandler handler;
  private final ConnectionEvents events;
  private final ConnectionLimits limits;
  private final LongSupplier nanoClock;
  private final long sweepNanos;
  private final AtomicLong number = new AtomicLong();
  private final Map<Object, ConnectionSweeper> sweepers = new ConcurrentHashMap<>();
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  ConnectionInitializer(
      NetworkServerConfig config,
      RequestHandler handler,
      ConnectionEvents events,
      ConnectionLimits limits,
      LongSupplier nanoClock) {
    this.config = config;
    this.handler = handler;
    this.events = events;
    this.limits = limits;
    this.nanoClock = nanoClock;
    long shortest =
        Math.min(
            config.idleTimeout().toNanos(),
            Math.min(config.frameDeadline().toNanos(), config.writeStall().toNanos()));
    this.sweepNanos = Math.max(MIN_SWEEP_NANOS, Math.min(MAX_SWEEP_NANOS, shortest / 4));
  }

  ChannelInitializer<Channel> forListener(ListenerConfig listener, TransportSecurity security) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        set(channel, listener, security);
      }
    };
  }

  /** The open connections, while they come and go. */
  Set<Channel> open() {
    return open;
  }

  /** From now on what was accepted at the last moment is closed at once. */
  void refuseFurther() {
    closed = true;
  }

  private void set(Channel channel, ListenerConfig listener, TransportSecurity security) {
    InetSocketAddress remote = (InetSocketAddress) channel.remoteAddress();
    InetSocketAddress local = (InetSocketAddress) channel.localAddress();
    if (remote == null || local == null) {
      // The client went away before we came to it.
      channel.unsafe().closeForcibly();
      return;
    }
    CloseReason refused = limits.tryAcquire(remote.getAddress());
    if (refused != null) {
      String limit =
          refused == CloseReason.CONNECTION_LIMIT
              ? "max.connections " + config.maxConnections()
              : "max.connections.per.ip " + config.maxConnectionsPerIp();
      events.connectionClosed(
          refused, remote + " (" + listener.name() + ")", limit + " is reached", null);
      channel.unsafe().closeForcibly();
      return;
    }
    open.add(channel);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              open.remove(channel);
              limits.release(remote.getAddress());
            });
    if (closed) {
      // Seen after it was added: so either this, or whoever closes, finds the channel.
      channel.unsafe().closeForcibly();
      return;
    }
    RequestContext context =
        new RequestContext(
            text(local) + "-" + text(remote) + "-" + number.getAndIncrement(),
            listener.name(),
            listener.securityProtocol(),
            remote,
            local,
            channel.eventLoop());
    security.install(channel.pipeline());
    channel
        .pipeline()
        .addLast(
            new ConnectionHandler(
                channel, context, config, handler, events, sweeper(channel), nanoClock));
  }

  private ConnectionSweeper sweeper(Channel channel) {
    return sweepers.computeIfAbsent(
        channel.eventLoop(),
        loop -> new ConnectionSweeper(channel.eventLoop(), nanoClock, sweepNanos));
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }
}
