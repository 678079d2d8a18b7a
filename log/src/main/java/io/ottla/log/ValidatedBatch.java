package io.ottla.log;

import java.nio.ByteBuffer;

/**
 * One client batch that passed every check that needs no lock. A view: the bytes stay in the
 * caller's buffer, which must stay unchanged until {@link PartitionLog#append} returns.
 */
public final class ValidatedBatch {
  private final ByteBuffer buffer;
  private final long nowMs;
  private final int records;
  private final long maxTimestampMs;

  ValidatedBatch(ByteBuffer buffer, long nowMs, int records, long maxTimestampMs) {
    this.buffer = buffer;
    this.nowMs = nowMs;
    this.records = records;
    this.maxTimestampMs = maxTimestampMs;
  }

  /** The batch, from index 0 to its limit; big endian. */
  ByteBuffer buffer() {
    return buffer;
  }

  /** Time of the validation: the append time of topics that stamp it. */
  long nowMs() {
    return nowMs;
  }

  public int sizeInBytes() {
    return buffer.limit();
  }

  public int records() {
    return records;
  }

  public long maxTimestampMs() {
    return maxTimestampMs;
  }
}
