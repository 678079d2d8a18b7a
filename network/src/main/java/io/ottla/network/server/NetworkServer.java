package io.ottla.network.server;

import com.codahale.metrics.MetricRegistry;
import io.ottla.network.api.RequestHandler;
import java.net.InetSocketAddress;
import java.util.Map;

/** The listening side of a broker. */
public final class NetworkServer implements AutoCloseable {
  public NetworkServer(
      NetworkServerConfig config,
      EventLoops loops,
      RequestHandler handler,
      MetricRegistry metrics) {}

  /** Binds every listener; addresses by listener name. Accepts only after startAccepting(). */
  public Map<String, InetSocketAddress> bind() {
    return Map.of();
  }

  public void startAccepting() {}

  public int connectionCount() {
    return 0;
  }

  @Override
  public void close() {}
}
