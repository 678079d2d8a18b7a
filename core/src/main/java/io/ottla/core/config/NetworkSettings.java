package io.ottla.core.config;

import java.time.Duration;

/**
 * Sockets, threads and limits of the server. {@code idleTimeout} is zero when connections may idle
 * for ever.
 */
public record NetworkSettings(
    int eventLoops,
    int blockingThreads,
    int maintenanceThreads,
    int maxQueuedBlocking,
    int maxRequestBytes,
    int sendBufferBytes,
    int receiveBufferBytes,
    int backlog,
    int maxConnections,
    int maxConnectionsPerIp,
    Duration idleTimeout,
    Duration connectTimeout,
    Duration requestTimeout) {

  static NetworkSettings from(BrokerValues values) {
    return new NetworkSettings(
        values
            .optionalInt("num.network.threads")
            .orElseGet(() -> Runtime.getRuntime().availableProcessors()),
        values.intValue("num.io.threads"),
        values.intValue("background.threads"),
        values.intValue("queued.max.requests"),
        values.intValue("socket.request.max.bytes"),
        values.intValue("socket.send.buffer.bytes"),
        values.intValue("socket.receive.buffer.bytes"),
        values.intValue("socket.listen.backlog.size"),
        values.intValue("max.connections"),
        values.intValue("max.connections.per.ip"),
        Duration.ofMillis(Math.max(0, values.longValue("connections.max.idle.ms"))),
        Duration.ofMillis(values.longValue("socket.connection.setup.timeout.ms")),
        Duration.ofMillis(values.intValue("request.timeout.ms")));
  }
}
