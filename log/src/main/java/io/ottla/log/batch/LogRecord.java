package io.ottla.log.batch;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * One record of a batch. Key and value are views of the batch or of its decompressed bytes.
 *
 * @param offset its offset in the log
 * @param timestampMs its timestamp, milliseconds
 * @param sequence its producer sequence, -1 when none
 * @param key its key, or null
 * @param value its value, or null
 * @param headers its headers, in order
 */
public record LogRecord(
    long offset,
    long timestampMs,
    int sequence,
    ByteBuffer key,
    ByteBuffer value,
    List<RecordHeader> headers) {
  public boolean hasKey() {
    return key != null;
  }

  public boolean hasValue() {
    return value != null;
  }
}
