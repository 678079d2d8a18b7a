package io.ottla.core.broker;

/**
 * The broker cannot start, for a reason its operator can remove: the message says what, where and
 * how.
 */
public final class StartupException extends RuntimeException {
  public StartupException(String message) {
    super(message);
  }

  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
