package io.ottla.network.server;

import java.net.InetSocketAddress;

/**
 * One address to listen on.
 *
 * @param name the listener's name, as in {@code listeners}
 * @param securityProtocol PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
 * @param host host name or address to bind, {@code ""} for every address
 * @param port 0 to 65535; 0 lets the system choose
 */
public record ListenerConfig(String name, String securityProtocol, String host, int port) {
  public ListenerConfig {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "Port of listener " + name + " is " + port + ", must be 0 to 65535");
    }
  }

  InetSocketAddress bindAddress() {
    return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
  }
}
