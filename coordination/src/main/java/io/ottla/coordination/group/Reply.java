package io.ottla.coordination.group;

import org.apache.kafka.common.protocol.Errors;

/** Where the answer of one request goes. Exactly one of the two is called, once. */
public interface Reply<T> {
  void complete(T response);

  /**
   * The operation did not take place, or nobody knows whether it did: the caller maps the error.
   */
  void fail(Errors error);
}
