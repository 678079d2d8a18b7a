package io.ottla.core.api;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Counts requests. Called on event loops and on whatever thread completes a response: must be cheap
 * and must not throw.
 */
public interface RequestMetrics {

  /** Counts nothing. */
  RequestMetrics NONE =
      new RequestMetrics() {
        @Override
        public void requestReceived(ApiKeys key, short version, int bytes) {}

        @Override
        public void requestCompleted(
            ApiKeys key, long queueNanos, long localNanos, long totalNanos) {}

        @Override
        public void error(ApiKeys key, Errors error) {}

        @Override
        public void unexpectedFailure(ApiKeys key) {}

        @Override
        public void rejected(ApiKeys key) {}
      };

  /**
   * A request arrived.
   *
   * @param bytes size of its frame
   */
  void requestReceived(ApiKeys key, short version, int bytes);

  /**
   * Its answer was given to the connection.
   *
   * @param queueNanos from arrival to the start of the handler
   * @param localNanos inside the handler's own call
   * @param totalNanos from arrival to the answer; what is left is waiting for others
   */
  void requestCompleted(ApiKeys key, long queueNanos, long localNanos, long totalNanos);

  /** One error code in an answer, {@code NONE} included. */
  void error(ApiKeys key, Errors error);

  /** A handler threw what it should not have. */
  void unexpectedFailure(ApiKeys key);

  /** A request was refused because the queue of blocking requests was full. */
  void rejected(ApiKeys key);
}
