package io.ottla.coordination.cluster;

import static java.util.Objects.requireNonNull;

/**
 * One address of a broker.
 *
 * @param listener name of the listener, such as {@code PLAINTEXT} or {@code EXTERNAL}
 * @param securityProtocol Kafka's name of the protocol spoken there
 * @param host host as clients shall use it; may be an IPv6 address without brackets
 * @param port port as clients shall use it, 0 to 65535
 */
public record Endpoint(String listener, String securityProtocol, String host, int port) {
  public Endpoint {
    requireNonNull(listener, "listener");
    requireNonNull(securityProtocol, "securityProtocol");
    requireNonNull(host, "host");
  }
}
