package io.ottla.network.client;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * One request of a client from {@code send} to its answer. Owned by the client's event loop; only
 * the future is seen by others.
 */
final class PendingRequest {
  final ApiKeys key;
  final Object body;
  final CompletableFuture<ClientResponse> future = new CompletableFuture<>();
  ScheduledFuture<?> timeout;
  short version;
  int correlationId;

  PendingRequest(ApiKeys key, Object body) {
    this.key = key;
    this.body = body;
  }

  /** Gives the answer, which is closed when nobody waits for it any more. */
  void complete(ClientResponse response) {
    stopTimer();
    if (!future.complete(response)) {
      response.close();
    }
  }

  void fail(Throwable cause) {
    stopTimer();
    future.completeExceptionally(cause);
  }

  private void stopTimer() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }
}
