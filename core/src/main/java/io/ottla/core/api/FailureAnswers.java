package io.ottla.core.api;

import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where a failure becomes an answer: the handler's own error response, and for a
 * failure that is not one of the protocol's, a log line (a few per second). Thread safe.
 */
final class FailureAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(ApiDispatcher.class);
  private static final int LOGGED_PER_SECOND = 5;

  private final RequestMetrics metrics;
  private final RateLimit logLimit;

  FailureAnswers(RequestMetrics metrics, LongSupplier nanoTime) {
    this.metrics = metrics;
    this.logLimit = new RateLimit(LOGGED_PER_SECOND, nanoTime);
  }

  <Q> OutboundResponse answer(ApiHandler<Q> handler, InboundRequest request, Throwable failure) {
    Errors error = Responses.errorOf(failure);
    if (error == Errors.UNKNOWN_SERVER_ERROR) {
      metrics.unexpectedFailure(handler.apiKey());
      log(request, failure);
    }
    return answer(handler, request, error, Responses.messageOf(failure));
  }

  <Q> OutboundResponse answer(
      ApiHandler<Q> handler, InboundRequest request, Errors error, String message) {
    try {
      return OutboundResponse.message(
          handler.errorResponse(
              request.body(handler.requestType()), request.version(), error, message));
    } catch (RuntimeException broken) {
      log(request, broken);
      return OutboundResponse.closeConnection(
          "No error response could be made for " + handler.apiKey().name + ": " + broken);
    }
  }

  void log(InboundRequest request, Throwable failure) {
    if (logLimit.tryAcquire()) {
      LOG.error(
          "Request failed unexpectedly: {} from client '{}' at {} ({} similar lines suppressed)",
          request,
          request.clientId(),
          request.context().clientAddress(),
          logLimit.takeSuppressed(),
          failure);
    }
  }
}
