package io.ottla.log.batch;

import java.nio.ByteBuffer;

/**
 * Steps over the whole batches of a buffer, from its position to its limit. A batch that is cut at
 * the end of the buffer ends the run quietly: fetch answers end that way. Not thread safe; never
 * moves the buffer's position.
 */
public final class BatchCursor {
  private final ByteBuffer buffer;
  private final BatchHeader header = new BatchHeader();
  private int at;
  private int next;

  public BatchCursor(ByteBuffer buffer) {
    this.buffer = buffer;
    this.next = buffer.position();
  }

  /**
   * Moves to the next whole batch.
   *
   * @return false at the end, or where what is left is not a whole batch
   * @throws CorruptBatchException when the bytes cannot be a v2 batch
   */
  public boolean next() {
    int left = buffer.limit() - next;
    if (left < BatchHeader.OVERHEAD) {
      return false;
    }
    long size = BatchHeader.claimedSize(buffer, next);
    if (size < BatchHeader.SIZE) {
      throw new CorruptBatchException("batch claims " + size + " bytes");
    }
    if (left <= BatchHeader.MAGIC) {
      return false;
    }
    if (buffer.get(next + BatchHeader.MAGIC) != BatchHeader.CURRENT_MAGIC) {
      throw new CorruptBatchException(
          "batch has magic " + buffer.get(next + BatchHeader.MAGIC) + ", only 2 is known");
    }
    if (size > left) {
      return false;
    }
    at = next;
    next += (int) size;
    if (!header.wrap(buffer, at).isPlausible()) {
      throw new CorruptBatchException("implausible header: " + header);
    }
    return true;
  }

  /** The current batch; the same object at every step. */
  public BatchHeader header() {
    return header;
  }

  /** Absolute index of the current batch in the buffer. */
  public int position() {
    return at;
  }

  /** Absolute index after the last whole batch stepped over. */
  public int end() {
    return next;
  }
}
