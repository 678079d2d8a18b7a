package io.ottla.core.api;

import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.RequestHandler;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Gives each request to the handler of its key. Hot handlers run where they are called, on the
 * connection's event loop; those that may block run on a bounded executor and are refused with a
 * retriable error when it is full. What a handler throws becomes that handler's own error response
 * and a line in the log: a request is always answered.
 *
 * <p>Immutable and thread safe. The executor belongs to the caller.
 */
public final class ApiDispatcher implements RequestHandler {
  private final List<ApiHandler<?>> handlers;
  private final ApiHandler<?>[] byKey;
  private final Executor blocking;
  private final RequestMetrics metrics;
  private final LongSupplier nanoTime;
  private final FailureAnswers failures;

  /** As the other constructor, with the JVM's monotonic clock. */
  public ApiDispatcher(List<ApiHandler<?>> handlers, Executor blocking, RequestMetrics metrics) {
    this(handlers, blocking, metrics, System::nanoTime);
  }

  /**
   * @param handlers at most one for each key
   * @param blocking bounded; throws {@link RejectedExecutionException} when full
   * @param nanoTime the clock of {@link InboundRequest#arrivalNanos()}
   * @throws IllegalArgumentException when two handlers serve one key, or a version range is not
   *     within the schema's
   */
  public ApiDispatcher(
      List<ApiHandler<?>> handlers,
      Executor blocking,
      RequestMetrics metrics,
      LongSupplier nanoTime) {
    this.handlers = List.copyOf(handlers);
    this.blocking = blocking;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.failures = new FailureAnswers(metrics, nanoTime);
    int highest = 0;
    for (ApiHandler<?> handler : handlers) {
      highest = Math.max(highest, handler.apiKey().id);
    }
    byKey = new ApiHandler<?>[highest + 1];
    for (ApiHandler<?> handler : handlers) {
      ApiKeys key = handler.apiKey();
      if (byKey[key.id] != null) {
        throw new IllegalArgumentException("Two handlers serve " + key.name);
      }
      if (handler.minVersion() > handler.maxVersion()
          || handler.minVersion() < key.oldestVersion()
          || handler.maxVersion() > key.latestVersion(true)) {
        throw new IllegalArgumentException(
            "Handler of %s declares versions %d to %d, the schema has %d to %d"
                .formatted(
                    key.name,
                    handler.minVersion(),
                    handler.maxVersion(),
                    key.oldestVersion(),
                    key.latestVersion(true)));
      }
      byKey[key.id] = handler;
    }
  }

  /** The handlers, in the order given. */
  public List<ApiHandler<?>> handlers() {
    return handlers;
  }

  @Override
  public boolean accepts(ApiKeys key, short version) {
    ApiHandler<?> handler = handlerOf(key);
    return handler != null && version >= handler.minVersion() && version <= handler.maxVersion();
  }

  @Override
  public void handle(InboundRequest request) {
    ApiKeys key = request.apiKey();
    ApiHandler<?> handler = handlerOf(key);
    if (handler == null) {
      // The network asks accepts() first, so this is a defect of the caller; do not go silent.
      request.respond(OutboundResponse.closeConnection("No handler serves " + key.name));
      return;
    }
    metrics.requestReceived(key, request.version(), request.sizeInBytes());
    dispatch(handler, request);
  }

  private <Q> void dispatch(ApiHandler<Q> handler, InboundRequest original) {
    TrackedRequest tracked = new TrackedRequest(original, handler, failures, metrics, nanoTime);
    if (!handler.mayBlock()) {
      run(handler, tracked);
      return;
    }
    try {
      blocking.execute(() -> run(handler, tracked));
    } catch (RejectedExecutionException full) {
      metrics.rejected(handler.apiKey());
      tracked
          .request()
          .respond(
              failures.answer(
                  handler,
                  original,
                  Errors.REQUEST_TIMED_OUT,
                  "Too many requests wait for disk or ZooKeeper on this broker; try again"));
    }
  }

  private <Q> void run(ApiHandler<Q> handler, TrackedRequest tracked) {
    InboundRequest request = tracked.request();
    tracked.started();
    try {
      handler.handle(request, request.body(handler.requestType()));
    } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
      // Each of these is the fault of one request or one handler: the connection lives on.
      if (request.isResponded()) {
        failures.log(request, failure);
      } else {
        request.respond(Responses.failure(failure));
      }
    } finally {
      tracked.returned();
    }
  }

  private ApiHandler<?> handlerOf(ApiKeys key) {
    return key.id < byKey.length ? byKey[key.id] : null;
  }
}
