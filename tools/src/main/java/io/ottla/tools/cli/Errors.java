package io.ottla.tools.cli;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;

/** Turns an exception into the one line a user can act on. */
public final class Errors {
  private Errors() {}

  /** The exception that a future, an executor or a client's constructor wrapped. */
  public static Throwable unwrap(Throwable error) {
    Throwable current = error;
    while (current.getCause() != null
        && (current instanceof ExecutionException
            || current instanceof CompletionException
            || current.getClass() == KafkaException.class)) {
      current = current.getCause();
    }
    return current;
  }

  /** One line: the message without line breaks, or the type where there is no message. */
  public static String line(Throwable error) {
    Throwable cause = unwrap(error);
    String message = cause.getMessage();
    if (message == null || message.isBlank()) {
      return cause.getClass().getSimpleName();
    }
    return String.join(" ", message.lines().map(String::strip).toList());
  }

  /**
   * Whether the error is explained by its message: a refusal, a wrong option, an unreadable file.
   */
  public static boolean isExpected(Throwable error) {
    Throwable cause = unwrap(error);
    return cause instanceof ToolException
        || cause instanceof KafkaException
        || cause instanceof IllegalArgumentException
        || cause instanceof UnsupportedOperationException
        || cause instanceof IOException
        || cause instanceof InterruptedException;
  }
}
