package io.ottla.core.replication;

import io.netty.channel.EventLoop;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Endpoint;
import io.ottla.network.client.BrokerClient;
import io.ottla.network.client.BrokerClientConfig;
import io.ottla.network.client.ClientResponse;
import io.ottla.network.server.EventLoops;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Channels over the network, to the address each broker has registered for the inter-broker
 * listener. A broker that comes back elsewhere gets a new connection with the next request.
 */
public final class BrokerChannels implements FetchChannel.Factory {
  private final Supplier<ClusterImage> image;
  private final String listener;
  private final BrokerClientConfig config;
  private final EventLoops loops;
  private final Executor resolver;

  /**
   * @param image the newest image
   * @param listener name of the inter-broker listener
   * @param config of every connection
   * @param loops where connections live
   * @param resolver runs look-ups of host names, which block
   */
  public BrokerChannels(
      Supplier<ClusterImage> image,
      String listener,
      BrokerClientConfig config,
      EventLoops loops,
      Executor resolver) {
    this.image = image;
    this.listener = listener;
    this.config = config;
    this.loops = loops;
    this.resolver = resolver;
  }

  @Override
  public FetchChannel open(int brokerId, int fetcherIndex) {
    return new Channel(brokerId, loops.next());
  }

  /** Requests come one after the other; closing may come from another thread. */
  private final class Channel implements FetchChannel {
    private final int brokerId;
    private final EventLoop loop;
    private BrokerClient client;
    private Endpoint connectedTo;
    private long connectedEpoch;
    private boolean closed;

    Channel(int brokerId, EventLoop loop) {
      this.brokerId = brokerId;
      this.loop = loop;
    }

    @Override
    public CompletableFuture<ClientResponse> send(ApiKeys key, Object request, Duration timeout) {
      try {
        return client().send(key, request, timeout);
      } catch (ConnectException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    private synchronized BrokerClient client() throws ConnectException {
      if (closed) {
        throw new ConnectException("The channel to broker " + brokerId + " is closed");
      }
      BrokerRegistration registration = image.get().brokers().get(brokerId);
      if (registration == null) {
        throw new ConnectException("Broker " + brokerId + " is not registered");
      }
      Optional<Endpoint> endpoint = registration.endpoint(listener);
      if (endpoint.isEmpty()) {
        throw new ConnectException(
            "Broker " + brokerId + " has registered no listener " + listener);
      }
      if (client != null
          && (!endpoint.get().equals(connectedTo) || registration.epoch() != connectedEpoch)) {
        client.close();
        client = null;
      }
      if (client == null) {
        connectedTo = endpoint.get();
        connectedEpoch = registration.epoch();
        client =
            new BrokerClient(connectedTo.host(), connectedTo.port(), config, loop, loops, resolver);
      }
      return client;
    }

    @Override
    public synchronized void close() {
      closed = true;
      if (client != null) {
        client.close();
        client = null;
      }
    }
  }
}
