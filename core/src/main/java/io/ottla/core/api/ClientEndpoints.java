package io.ottla.core.api;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.Endpoint;
import io.ottla.network.api.RequestContext;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;

/**
 * Says which host and port to tell a client for each broker: the registered endpoint of the
 * listener the client came in on. For this broker itself, on listeners without an advertised
 * address, it is the address on which this very client reached us, so that what worked for the
 * bootstrap works for everything after it.
 *
 * <p>Immutable and thread safe.
 */
public final class ClientEndpoints {

  /** Host and port for a client. */
  public record HostPort(String host, int port) {}

  private final int brokerId;
  private final Set<String> reflectedListeners;

  /**
   * @param brokerId this broker
   * @param reflectedListeners names of the listeners that have no configured advertised address
   */
  public ClientEndpoints(int brokerId, Set<String> reflectedListeners) {
    this.brokerId = brokerId;
    this.reflectedListeners = Set.copyOf(reflectedListeners);
  }

  /** This broker's id. */
  public int brokerId() {
    return brokerId;
  }

  /**
   * Where this client finds that broker; empty when it has no endpoint of the client's listener.
   */
  public Optional<HostPort> of(RequestContext client, BrokerRegistration broker) {
    if (broker.id() == brokerId && reflectedListeners.contains(client.listenerName())) {
      InetSocketAddress local = client.localAddress();
      if (local != null && local.getAddress() != null && local.getPort() > 0) {
        return Optional.of(new HostPort(literal(local.getAddress()), local.getPort()));
      }
    }
    for (Endpoint endpoint : broker.endpoints()) {
      if (endpoint.listener().equalsIgnoreCase(client.listenerName())) {
        return Optional.of(new HostPort(endpoint.host(), endpoint.port()));
      }
    }
    return Optional.empty();
  }

  // A scope such as %eth0 means something on this machine only.
  private static String literal(InetAddress address) {
    String text = address.getHostAddress();
    int scope = address instanceof Inet6Address ? text.indexOf('%') : -1;
    return scope < 0 ? text : text.substring(0, scope);
  }
}
