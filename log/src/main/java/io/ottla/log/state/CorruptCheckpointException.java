package io.ottla.log.state;

import java.io.IOException;

/** A checkpoint file that cannot be read; its content is rebuilt, never taken as empty. */
public final class CorruptCheckpointException extends IOException {
  public CorruptCheckpointException(String message) {
    super(message);
  }

  public CorruptCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
