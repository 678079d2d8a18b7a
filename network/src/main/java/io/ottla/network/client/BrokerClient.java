package io.ottla.network.client;

import io.netty.channel.EventLoop;
import io.ottla.network.server.EventLoops;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.protocol.ApiKeys;

/** Asynchronous client of one peer. */
public final class BrokerClient implements AutoCloseable {
  /**
   * @param resolver runs name look-ups, which block; not used when the host is an address
   */
  public BrokerClient(
      String host,
      int port,
      BrokerClientConfig config,
      EventLoop loop,
      EventLoops loops,
      Executor resolver) {}

  public CompletableFuture<ClientResponse> send(ApiKeys key, Object requestData, Duration timeout) {
    return CompletableFuture.failedFuture(
        new PeerUnavailableException("Not connected", false, null));
  }

  public boolean isConnected() {
    return false;
  }

  @Override
  public void close() {}
}
