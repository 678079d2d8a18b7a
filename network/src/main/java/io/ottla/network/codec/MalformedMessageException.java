package io.ottla.network.codec;

/** Bytes that are not the message they claim to be, or that would cost more memory than allowed. */
public class MalformedMessageException extends RuntimeException {
  MalformedMessageException(String message) {
    super(message);
  }

  MalformedMessageException(String message, Throwable cause) {
    super(message, cause);
  }
}
