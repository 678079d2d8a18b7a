package io.ottla.core.api;

import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns futures and failures into responses, the same way for every handler. */
public final class Responses {

  private static final Logger LOG = LoggerFactory.getLogger(Responses.class);

  /** Stands for a failure until {@link ApiDispatcher} makes the handler's error response of it. */
  record Failed(Throwable cause) {}

  private Responses() {}

  /**
   * Answers the request when the future is done: with its value, or as {@link #failure} says. On
   * the thread that completes the future.
   */
  public static void respondWhenDone(InboundRequest request, CompletableFuture<?> response) {
    // Nobody waits for this stage: answering never throws, and a failure of the future is answered.
    CompletableFuture<Void> unused =
        response.handle(
            (value, failure) -> {
              request.respond(failure == null ? OutboundResponse.message(value) : failure(failure));
              return null;
            });
  }

  /**
   * The whole request failed: becomes the handler's own {@link ApiHandler#errorResponse} and, when
   * the failure is not one of the protocol's, a line in the log. Only for requests that came
   * through {@link ApiDispatcher}.
   */
  public static OutboundResponse failure(Throwable cause) {
    return OutboundResponse.message(new Failed(unwrap(cause)));
  }

  /** The values in order, once all are there; fails when one of them fails. */
  public static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .thenApply(done -> futures.stream().map(CompletableFuture::join).toList());
  }

  /**
   * What to answer for one item of a request whose other items may have succeeded. An unexpected
   * failure is logged.
   *
   * @param what for the log, the item
   */
  public static ItemError itemError(Throwable failure, String what) {
    Errors error = errorOf(failure);
    if (error == Errors.UNKNOWN_SERVER_ERROR) {
      LOG.error("Request failed unexpectedly for {}", what, unwrap(failure));
    }
    return new ItemError(error, messageOf(failure));
  }

  /** Error and message of one item. */
  public record ItemError(Errors error, String message) {}

  /** The error code for a failure; what is not part of the protocol is UNKNOWN_SERVER_ERROR. */
  public static Errors errorOf(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof CancellationException) {
      return Errors.REQUEST_TIMED_OUT; // cancelled at shutdown: the outcome is not known
    }
    return cause instanceof ApiException ? Errors.forException(cause) : Errors.UNKNOWN_SERVER_ERROR;
  }

  /** What to tell the client: never the text of an unexpected failure, which may name internals. */
  public static String messageOf(Throwable failure) {
    Errors error = errorOf(failure);
    if (error == Errors.UNKNOWN_SERVER_ERROR) {
      return "The broker failed unexpectedly; its log says why";
    }
    String message = unwrap(failure).getMessage();
    return message == null || message.isBlank() ? error.message() : message;
  }

  /** The failure without the wrappers that futures add. */
  public static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
