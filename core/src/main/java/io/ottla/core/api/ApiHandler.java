package io.ottla.core.api;

import io.ottla.network.api.InboundRequest;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Serves one API key, in every version it declares. What a broker advertises in ApiVersions is the
 * list of its handlers, so the two cannot disagree.
 *
 * <p>One instance serves all connections: it is called on many event loops (or blocking threads) at
 * the same time and keeps no state of a single request.
 *
 * @param <Q> the generated request message
 */
public interface ApiHandler<Q> {

  /** The key served. */
  ApiKeys apiKey();

  /** Lowest version served. */
  default short minVersion() {
    return apiKey().oldestVersion();
  }

  /** Highest version served: the newest stable one of the schema unless a handler says less. */
  default short maxVersion() {
    return apiKey().latestVersion(false);
  }

  /** The generated request message. */
  Class<Q> requestType();

  /**
   * Serves the request: exactly one {@link InboundRequest#respond} follows, now or later, from any
   * thread. Must not block unless {@link #mayBlock()}. What it throws is answered with {@link
   * #errorResponse}.
   */
  void handle(InboundRequest request, Q body);

  /**
   * The answer of this API that says the whole request failed.
   *
   * @param body what was asked, so that each item can carry the error
   * @param message why, may be null; only sent where the schema has a place for it
   * @return the generated response message, valid in {@code version}
   */
  Object errorResponse(Q body, short version, Errors error, String message);

  /**
   * Whether {@link #handle} may wait for a disk or a lock, or works long: it then runs elsewhere.
   */
  default boolean mayBlock() {
    return false;
  }

  /** Reports every error code in a response of this API, {@code NONE} included, for the metrics. */
  default void countErrors(Object response, ErrorCounter counter) {}

  /** Receives error codes. */
  @FunctionalInterface
  interface ErrorCounter {
    /** One error code of a response. */
    void count(short errorCode);
  }
}
