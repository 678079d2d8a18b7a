package io.ottla.core.state;

import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.ApiException;

/** The partition a shard keeps its state in, in one leadership. All methods from any thread. */
interface StateLog {
  String name();

  int leaderEpoch();

  /** Whether this broker still leads in {@link #leaderEpoch()}. */
  boolean isCurrent();

  long startOffset();

  long endOffset();

  long highWatermark();

  /**
   * Whole batches from the one that contains {@code offset}, at most {@code maxBytes} unless the
   * first is larger; empty at the end of the log. Blocks on the disk.
   */
  ByteBuffer read(long offset, int maxBytes);

  /**
   * Appends one batch.
   *
   * @return the high watermark at which it is committed
   * @throws ApiException when nothing was appended
   */
  long append(ByteBuffer batch);

  /** Calls back once, possibly at once, with null when the high watermark got there. */
  void awaitCommitted(long requiredOffset, long timeoutNanos, Callback callback);

  /** Drops everything below {@code offset}, which is committed; nothing when not led any more. */
  void dropBelow(long offset);

  /** Told how an append ended. */
  interface Callback {
    void done(ApiException errorOrNull);
  }
}
