package io.ottla.network.api;

import io.netty.util.ReferenceCounted;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * One decoded request.
 *
 * <p>Record sets in the body are views of the network frame. The frame is held until {@link
 * #releaseFrame()} or {@link #respond}, whichever comes first; a request whose body has no such
 * views holds no frame. Everything but these two methods is immutable; both may be called from any
 * thread.
 */
public final class InboundRequest {
  private static final AtomicIntegerFieldUpdater<InboundRequest> RESPONDED =
      AtomicIntegerFieldUpdater.newUpdater(InboundRequest.class, "responded");
  private static final AtomicReferenceFieldUpdater<InboundRequest, ReferenceCounted> FRAME =
      AtomicReferenceFieldUpdater.newUpdater(InboundRequest.class, ReferenceCounted.class, "frame");

  private final RequestContext context;
  private final ApiKeys apiKey;
  private final short version;
  private final int correlationId;
  private final String clientId;
  private final Object body;
  private final int sizeInBytes;
  private final long arrivalNanos;
  private final long sequence;
  private final ResponseSink sink;
  private volatile ReferenceCounted frame;
  private volatile int responded;

  /**
   * @param body the generated {@code *RequestData}
   * @param sizeInBytes size of the frame without its length field
   * @param arrivalNanos monotonic time at which the frame was complete
   * @param sequence place of the request in its connection, from 0
   * @param frame what the body's views live in, owned by the request from now on; null when it has
   *     none
   */
  public InboundRequest(
      RequestContext context,
      ApiKeys apiKey,
      short version,
      int correlationId,
      String clientId,
      Object body,
      int sizeInBytes,
      long arrivalNanos,
      long sequence,
      ReferenceCounted frame,
      ResponseSink sink) {
    this.context = context;
    this.apiKey = apiKey;
    this.version = version;
    this.correlationId = correlationId;
    this.clientId = clientId == null ? "" : clientId;
    this.body = body;
    this.sizeInBytes = sizeInBytes;
    this.arrivalNanos = arrivalNanos;
    this.sequence = sequence;
    this.frame = frame;
    this.sink = sink;
  }

  public RequestContext context() {
    return context;
  }

  public ApiKeys apiKey() {
    return apiKey;
  }

  public short version() {
    return version;
  }

  public int correlationId() {
    return correlationId;
  }

  /** The client id of the request header, {@code ""} when it was null. */
  public String clientId() {
    return clientId;
  }

  /**
   * The body.
   *
   * @throws ClassCastException when the body is of another type
   */
  public <T> T body(Class<T> type) {
    return type.cast(body);
  }

  /** Bytes of the frame without its length field. */
  public int sizeInBytes() {
    return sizeInBytes;
  }

  /** Monotonic time, in nanoseconds, at which the request was complete. */
  public long arrivalNanos() {
    return arrivalNanos;
  }

  /** Place of this request in its connection, from 0. */
  public long sequence() {
    return sequence;
  }

  /** Gives the frame back: the body's record sets must not be touched afterwards. Idempotent. */
  public void releaseFrame() {
    ReferenceCounted held = FRAME.getAndSet(this, null);
    if (held != null) {
      held.release();
    }
  }

  /** Whether the body's record sets may still be used. */
  public boolean holdsFrame() {
    return frame != null;
  }

  /** Whether {@link #respond} was called. */
  public boolean isResponded() {
    return responded != 0;
  }

  /**
   * Gives the answer, from any thread, and releases the frame. The answer leaves when all earlier
   * requests of the connection have been answered; when the connection is gone it is discarded and
   * what it owns is closed.
   *
   * @throws IllegalStateException at the second call; the second response is not taken over
   */
  public void respond(OutboundResponse response) {
    if (!RESPONDED.compareAndSet(this, 0, 1)) {
      throw new IllegalStateException("Request was answered before: " + this);
    }
    releaseFrame();
    sink.complete(this, response);
  }

  @Override
  public String toString() {
    return apiKey.name + " v" + version + " correlation " + correlationId + " of " + context;
  }
}
