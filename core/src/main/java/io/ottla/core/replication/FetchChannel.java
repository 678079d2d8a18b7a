package io.ottla.core.replication;

import io.ottla.network.client.ClientResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;

/** The way from a fetcher to one leader. A simulation puts itself in its place. */
public interface FetchChannel extends AutoCloseable {
  /**
   * Sends a request, connecting first when necessary.
   *
   * @param request the generated {@code *RequestData}
   * @return completes on any thread with the answer, which the caller closes; or fails, within the
   *     timeout, when there is no connection or no answer
   */
  CompletableFuture<ClientResponse> send(ApiKeys key, Object request, Duration timeout);

  /** Ends the connection; what is in flight fails. */
  @Override
  void close();

  /** Makes channels. */
  @FunctionalInterface
  interface Factory {
    /** A channel to this broker; does not connect yet. */
    FetchChannel open(int brokerId, int fetcherIndex);
  }
}
