package io.ottla.network.server;

import java.time.Duration;
import java.util.List;

/**
 * Limits and socket options of a server.
 *
 * @param listeners where to listen; names are unique
 * @param maxFrameBytes largest request without its length field (socket.request.max.bytes)
 * @param maxConnections open connections in all
 * @param maxConnectionsPerIp open connections of one client address
 * @param idleTimeout a connection without a request for so long, and none in flight, is closed
 * @param frameDeadline a started frame must be complete within this, plus a second for every 64 KiB
 *     that arrived
 * @param writeStall a connection that takes no byte of its answers for so long is closed
 * @param maxInFlightPerConnection unanswered requests of one connection beyond which it is not read
 * @param maxInFlightBytesPerConnection bytes of unanswered requests beyond which it is not read
 * @param writeBufferLowWaterMark bytes of unsent answers below which it is read again
 * @param writeBufferHighWaterMark bytes of unsent answers above which it is not read
 * @param maxInlineSliceBytes file slices up to this size are read into the response's buffer,
 *     larger ones leave by sendfile
 * @param sendBuffer SO_SNDBUF in bytes, -1 for the system's
 * @param receiveBuffer SO_RCVBUF in bytes, -1 for the system's
 * @param backlog connections the kernel queues before they are accepted
 */
public record NetworkServerConfig(
    List<ListenerConfig> listeners,
    int maxFrameBytes,
    int maxConnections,
    int maxConnectionsPerIp,
    Duration idleTimeout,
    Duration frameDeadline,
    Duration writeStall,
    int maxInFlightPerConnection,
    long maxInFlightBytesPerConnection,
    int writeBufferLowWaterMark,
    int writeBufferHighWaterMark,
    int maxInlineSliceBytes,
    int sendBuffer,
    int receiveBuffer,
    int backlog) {

  public NetworkServerConfig {
    listeners = List.copyOf(listeners);
    if (listeners.isEmpty()) {
      throw new IllegalArgumentException("listeners is empty, at least one is needed");
    }
    if (listeners.stream().map(ListenerConfig::name).distinct().count() != listeners.size()) {
      throw new IllegalArgumentException("Listener names are not unique: " + listeners);
    }
    requirePositive("maxFrameBytes", maxFrameBytes);
    requirePositive("maxConnections", maxConnections);
    requirePositive("maxConnectionsPerIp", maxConnectionsPerIp);
    requirePositive("idleTimeout", idleTimeout.toNanos());
    requirePositive("frameDeadline", frameDeadline.toNanos());
    requirePositive("writeStall", writeStall.toNanos());
    requirePositive("maxInFlightPerConnection", maxInFlightPerConnection);
    requirePositive("maxInFlightBytesPerConnection", maxInFlightBytesPerConnection);
    requirePositive("backlog", backlog);
    if (writeBufferLowWaterMark < 0 || writeBufferHighWaterMark < writeBufferLowWaterMark) {
      throw new IllegalArgumentException(
          "Write buffer water marks are "
              + writeBufferLowWaterMark
              + " and "
              + writeBufferHighWaterMark
              + ", the first must be the lower and neither negative");
    }
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + ", must be positive");
    }
  }

  /** A builder with the defaults of a broker. */
  public static Builder builder(List<ListenerConfig> listeners) {
    return new Builder(listeners);
  }

  /** The defaults for these listeners. */
  public static NetworkServerConfig defaults(List<ListenerConfig> listeners) {
    return builder(listeners).build();
  }

  /** Collects what differs from the defaults. */
  public static final class Builder {
    private final List<ListenerConfig> listeners;
    private int maxFrameBytes = 100 * 1024 * 1024;
    private int maxConnections = 100_000;
    private int maxConnectionsPerIp = 20_000;
    private Duration idleTimeout = Duration.ofMinutes(10);
    private Duration frameDeadline = Duration.ofSeconds(30);
    private Duration writeStall = Duration.ofSeconds(60);
    private int maxInFlightPerConnection = 128;
    private long maxInFlightBytesPerConnection = 32L * 1024 * 1024;
    private int writeBufferLowWaterMark = 256 * 1024;
    private int writeBufferHighWaterMark = 1024 * 1024;
    private int maxInlineSliceBytes = 64 * 1024;
    private int sendBuffer = -1;
    private int receiveBuffer = -1;
    private int backlog = 1024;

    private Builder(List<ListenerConfig> listeners) {
      this.listeners = listeners;
    }

    public Builder maxFrameBytes(int value) {
      this.maxFrameBytes = value;
      return this;
    }

    public Builder maxConnections(int value) {
      this.maxConnections = value;
      return this;
    }

    public Builder maxConnectionsPerIp(int value) {
      this.maxConnectionsPerIp = value;
      return this;
    }

    public Builder idleTimeout(Duration value) {
      this.idleTimeout = value;
      return this;
    }

    public Builder frameDeadline(Duration value) {
      this.frameDeadline = value;
      return this;
    }

    public Builder writeStall(Duration value) {
      this.writeStall = value;
      return this;
    }

    public Builder maxInFlightPerConnection(int value) {
      this.maxInFlightPerConnection = value;
      return this;
    }

    public Builder maxInFlightBytesPerConnection(long value) {
      this.maxInFlightBytesPerConnection = value;
      return this;
    }

    public Builder writeBufferWaterMarks(int low, int high) {
      this.writeBufferLowWaterMark = low;
      this.writeBufferHighWaterMark = high;
      return this;
    }

    public Builder maxInlineSliceBytes(int value) {
      this.maxInlineSliceBytes = value;
      return this;
    }

    public Builder sendBuffer(int value) {
      this.sendBuffer = value;
      return this;
    }

    public Builder receiveBuffer(int value) {
      this.receiveBuffer = value;
      return this;
    }

    public Builder backlog(int value) {
      this.backlog = value;
      return this;
    }

    public NetworkServerConfig build() {
      return new NetworkServerConfig(
          listeners,
          maxFrameBytes,
          maxConnections,
          maxConnectionsPerIp,
          idleTimeout,
          frameDeadline,
          writeStall,
          maxInFlightPerConnection,
          maxInFlightBytesPerConnection,
          writeBufferLowWaterMark,
          writeBufferHighWaterMark,
          maxInlineSliceBytes,
          sendBuffer,
          receiveBuffer,
          backlog);
    }
  }
}
