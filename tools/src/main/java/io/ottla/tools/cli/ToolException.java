package io.ottla.tools.cli;

/** A user's mistake or a refused request: its message is the one line the user sees. */
public final class ToolException extends RuntimeException {
  /** Creates the error with the line to print. */
  public ToolException(String message) {
    super(message);
  }

  /** Creates the error with the line to print and its origin. */
  public ToolException(String message, Throwable cause) {
    super(message, cause);
  }
}
