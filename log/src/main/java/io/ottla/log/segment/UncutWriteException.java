package io.ottla.log.segment;

import java.io.IOException;

/** A write failed and its part could not be cut off again: the file must not be appended to. */
public final class UncutWriteException extends IOException {
  public UncutWriteException(String message, IOException cause) {
    super(message, cause);
  }
}
