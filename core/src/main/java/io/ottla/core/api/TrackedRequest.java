package io.ottla.core.api;

import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.ResponseSink;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Stands between a handler and the connection to measure one request. Gives the handler a request
 * of its own ({@link #request()}) whose answer and frame pass through to the original.
 *
 * <p>{@link #started} and {@link #returned} are called by the thread that runs the handler, {@link
 * #complete} by any thread, possibly before {@code returned}.
 */
final class TrackedRequest extends AbstractReferenceCounted implements ResponseSink {
  private final InboundRequest original;
  private final ApiHandler<?> handler;
  private final FailureAnswers failures;
  private final RequestMetrics metrics;
  private final LongSupplier nanoTime;
  private final InboundRequest request;
  private volatile long startNanos;
  private volatile long returnNanos;

  TrackedRequest(
      InboundRequest original,
      ApiHandler<?> handler,
      FailureAnswers failures,
      RequestMetrics metrics,
      LongSupplier nanoTime) {
    this.original = original;
    this.handler = handler;
    this.failures = failures;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.request =
        new InboundRequest(
            original.context(),
            original.apiKey(),
            original.version(),
            original.correlationId(),
            original.clientId(),
            original.body(Object.class),
            original.sizeInBytes(),
            original.arrivalNanos(),
            original.sequence(),
            this,
            this);
  }

  InboundRequest request() {
    return request;
  }

  void started() {
    startNanos = nanoTime.getAsLong();
  }

  void returned() {
    returnNanos = nanoTime.getAsLong();
  }

  @Override
  public void complete(InboundRequest tracked, OutboundResponse given) {
    OutboundResponse response =
        given.body() instanceof Responses.Failed failed
            ? failures.answer(handler, original, failed.cause())
            : given;
    // Measured first: once answered, the response belongs to the network.
    try {
      measure(response);
    } catch (RuntimeException broken) {
      failures.log(original, broken); // a defect of the metrics must not cost the answer
    } finally {
      original.respond(response);
    }
  }

  private void measure(OutboundResponse response) {
    ApiKeys key = original.apiKey();
    long now = nanoTime.getAsLong();
    long start = startNanos == 0 ? now : startNanos;
    long end = returnNanos == 0 ? now : returnNanos;
    metrics.requestCompleted(
        key, start - original.arrivalNanos(), end - start, now - original.arrivalNanos());
    if (response.kind() == OutboundResponse.Kind.MESSAGE) {
      handler.countErrors(response.body(), code -> metrics.error(key, Errors.forCode(code)));
    }
  }

  @Override
  protected void deallocate() {
    original.releaseFrame();
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }
}
