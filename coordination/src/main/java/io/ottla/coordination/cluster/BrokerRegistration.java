package io.ottla.coordination.cluster;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A broker as it stands in {@code /brokers/ids}.
 *
 * @param id broker id
 * @param epoch czxid of the registration; -1 in a registration not yet made
 * @param endpoints addresses, in the order of the configuration
 * @param rack rack, when configured
 * @param incarnation identity stored in the broker's data directory: a stale node with the same one
 *     is taken over at once
 * @param draining the broker asks to be relieved of its leaders, because it is about to stop
 * @param trusted false when the broker may have lost unflushed data since it last ran; such a
 *     broker leaves every ISR and every set of eligible replicas before it may lead
 */
public record BrokerRegistration(
    int id,
    long epoch,
    List<Endpoint> endpoints,
    Optional<String> rack,
    String incarnation,
    boolean draining,
    boolean trusted) {
  public BrokerRegistration {
    endpoints = List.copyOf(endpoints);
    requireNonNull(rack, "rack");
    requireNonNull(incarnation, "incarnation");
  }

  public BrokerRegistration withEpoch(long newEpoch) {
    return new BrokerRegistration(id, newEpoch, endpoints, rack, incarnation, draining, trusted);
  }

  public BrokerRegistration withDraining(boolean newDraining) {
    return new BrokerRegistration(id, epoch, endpoints, rack, incarnation, newDraining, trusted);
  }

  public BrokerRegistration withTrusted(boolean newTrusted) {
    return new BrokerRegistration(id, epoch, endpoints, rack, incarnation, draining, newTrusted);
  }

  /** The endpoint of the named listener. */
  public Optional<Endpoint> endpoint(String listener) {
    return endpoints.stream().filter(e -> e.listener().equals(listener)).findFirst();
  }
}
