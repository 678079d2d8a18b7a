package io.ottla.coordination.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small things the library lacks. */
public final class Futures {
  private static final Logger LOG = LoggerFactory.getLogger(Futures.class);

  private Futures() {}

  /**
   * Calls back when the future ends, with its value or the unwrapped error; what the call-back
   * throws is logged, not lost.
   */
  public static <T> void onDone(
      CompletableFuture<T> future, BiConsumer<? super T, ? super Throwable> callback) {
    CompletableFuture<T> unused =
        future.whenComplete(
            (value, error) -> {
              try {
                callback.accept(value, cause(error));
              } catch (RuntimeException | Error e) {
                LOG.error("A call-back failed; this is a defect", e);
              }
            });
  }

  /** Passes the end of one future on to another. */
  public static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to) {
    onDone(
        from,
        (value, error) -> {
          if (error == null) {
            to.complete(value);
          } else {
            to.completeExceptionally(error);
          }
        });
  }

  /** The error without the wrapping that dependent futures add; null stays null. */
  public static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
