package io.ottla.core.broker;

import io.ottla.coordination.cluster.Endpoint;
import io.ottla.core.config.ListenerSettings;
import io.ottla.core.config.ListenerSettings.Listener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a broker registers as its addresses. Immutable. */
record AdvertisedEndpoints(ListenerSettings settings) {
  private static final Logger LOG = LoggerFactory.getLogger(AdvertisedEndpoints.class);

  /** Listeners whose clients are told the address on which they reached us. */
  Set<String> reflectedListeners() {
    return settings.listeners().stream()
        .map(Listener::name)
        .filter(name -> settings.advertised(name).isEmpty())
        .collect(Collectors.toSet());
  }

  /**
   * @param bound the address of each listener name, with the port the system chose for port 0
   */
  List<Endpoint> of(Map<String, InetSocketAddress> bound) {
    return settings.listeners().stream()
        .map(listener -> endpoint(listener, bound.get(listener.name())))
        .toList();
  }

  private Endpoint endpoint(Listener listener, InetSocketAddress bound) {
    Optional<Listener> advertised = settings.advertised(listener.name());
    String host = advertised.map(Listener::host).orElse(listener.host());
    int port = advertised.map(Listener::port).filter(p -> p > 0).orElse(bound.getPort());
    boolean anyInterface = host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
    return new Endpoint(
        listener.name(), listener.securityProtocol(), anyInterface ? ownName() : host, port);
  }

  private static String ownName() {
    try {
      return InetAddress.getLocalHost().getCanonicalHostName();
    } catch (UnknownHostException e) {
      LOG.warn(
          "The name of this machine is unknown to itself ({}); registering localhost. Brokers on other"
              + " machines need advertised.listeners",
          e.getMessage());
      return "localhost";
    }
  }
}
