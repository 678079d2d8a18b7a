package io.ottla.network.client;

/**
 * One answer of a peer. Record sets in the body are views of its frame, so it must be closed, on
 * any thread, once they are no longer needed.
 */
public interface ClientResponse extends AutoCloseable {

  /**
   * The generated {@code *ResponseData}.
   *
   * @throws ClassCastException when the body is of another type
   */
  <T> T body(Class<T> type);

  /** The version in which request and response were written. */
  short version();

  /** Releases the frame. Idempotent. */
  @Override
  void close();
}
