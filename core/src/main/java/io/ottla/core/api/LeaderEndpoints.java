package io.ottla.core.api;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.network.api.RequestContext;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where the leaders hinted at in error answers are found (KIP-951), so that a client can go there
 * without asking for metadata. Thread safe.
 */
public final class LeaderEndpoints {

  /**
   * A broker as a client can reach it.
   *
   * @param rack null when the broker has none
   */
  public record Node(int id, String host, int port, String rack) {}

  private final Supplier<ClusterImage> image;
  private final ClientEndpoints endpoints;

  public LeaderEndpoints(Supplier<ClusterImage> image, ClientEndpoints endpoints) {
    this.image = image;
    this.endpoints = endpoints;
  }

  /** Empty for no leader, one that is gone, or one without an endpoint for this client. */
  public Optional<Node> of(RequestContext client, int leader) {
    BrokerRegistration broker = leader < 0 ? null : image.get().brokers().get(leader);
    return broker == null
        ? Optional.empty()
        : endpoints
            .of(client, broker)
            .map(at -> new Node(leader, at.host(), at.port(), broker.rack().orElse(null)));
  }
}
