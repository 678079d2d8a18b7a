package io.ottla.network.api;

import java.util.Objects;

/**
 * The answer to one request: a message, nothing at all (acks=0), or the end of the connection.
 *
 * <p>A message owns the file slices set into it by {@code RecordSets}; they are closed when it has
 * been written or discarded.
 *
 * @param kind what to do
 * @param body the generated {@code *ResponseData}; null unless {@code kind} is MESSAGE
 * @param throttleMs milliseconds during which nothing more is read from the connection, 0 for none
 * @param closeReason for the log, why the connection is closed; null unless {@code kind} is CLOSE
 */
public record OutboundResponse(Kind kind, Object body, int throttleMs, String closeReason) {
  /** The three kinds of answer. */
  public enum Kind {
    MESSAGE,
    NONE,
    CLOSE
  }

  private static final OutboundResponse NONE = new OutboundResponse(Kind.NONE, null, 0, null);

  public OutboundResponse {
    if (throttleMs < 0) {
      throw new IllegalArgumentException("throttleMs is " + throttleMs + ", must not be negative");
    }
  }

  /** A response message. */
  public static OutboundResponse message(Object responseData) {
    return message(responseData, 0);
  }

  /** A response message after which the connection is not read for {@code throttleMs}. */
  public static OutboundResponse message(Object responseData, int throttleMs) {
    return new OutboundResponse(
        Kind.MESSAGE, Objects.requireNonNull(responseData, "responseData"), throttleMs, null);
  }

  /** No answer: the request asked for none. */
  public static OutboundResponse none() {
    return NONE;
  }

  /** No answer, and the connection is not read for {@code throttleMs}. */
  public static OutboundResponse none(int throttleMs) {
    return new OutboundResponse(Kind.NONE, null, throttleMs, null);
  }

  /** No answer; the connection is closed once earlier answers have left, and the log says why. */
  public static OutboundResponse closeConnection(String reason) {
    return new OutboundResponse(Kind.CLOSE, null, 0, Objects.requireNonNull(reason, "reason"));
  }
}
