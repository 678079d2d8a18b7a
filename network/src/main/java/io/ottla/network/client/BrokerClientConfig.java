package io.ottla.network.client;

import java.time.Duration;

/**
 * Limits and identity of a client.
 *
 * @param clientId sent in every request header
 * @param softwareName sent with ApiVersions; letters, digits, dots and dashes
 * @param softwareVersion sent with ApiVersions; letters, digits, dots and dashes
 * @param connectTimeout for the TCP connection and the handshake together
 * @param maxFrameBytes largest response accepted
 * @param maxPending requests waiting or in flight beyond which send fails at once
 * @param sendBuffer SO_SNDBUF in bytes, -1 for the system's
 * @param receiveBuffer SO_RCVBUF in bytes, -1 for the system's
 */
public record BrokerClientConfig(
    String clientId,
    String softwareName,
    String softwareVersion,
    Duration connectTimeout,
    int maxFrameBytes,
    int maxPending,
    int sendBuffer,
    int receiveBuffer) {

  /** The defaults, under this client id. */
  public static BrokerClientConfig defaults(String clientId) {
    return new BrokerClientConfig(
        clientId, "ottla", "0", Duration.ofSeconds(10), 128 * 1024 * 1024, 1_000, -1, -1);
  }
}
