package io.ottla.core.api.topics;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * What the timeout of an admin request means: how long to wait until the result is seen. Zero or
 * less does the work too, but waits for nothing and answers REQUEST_TIMED_OUT.
 */
final class AdminTimeout {
  private static final Duration IN_BACKGROUND = Duration.ofSeconds(30);

  private final int millis;

  AdminTimeout(int millis) {
    this.millis = millis;
  }

  /** What to give the operation. */
  Duration duration() {
    return millis > 0 ? Duration.ofMillis(millis) : IN_BACKGROUND;
  }

  /** The operation as the client sees it. */
  <T> CompletableFuture<T> bound(CompletableFuture<T> operation, String what) {
    if (millis > 0 || operation.isCompletedExceptionally()) {
      return operation;
    }
    return CompletableFuture.failedFuture(
        new TimeoutException(what + " goes on, but timeout.ms " + millis + " leaves no time"));
  }
}
