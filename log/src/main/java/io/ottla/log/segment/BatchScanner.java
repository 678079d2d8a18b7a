package io.ottla.log.segment;

import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Walks the batch headers of a segment file from a position on, in order, through one small buffer
 * of the calling thread, whatever the size of the batches. Use it in one go: a thread can have one
 * scanner at work at a time.
 */
public final class BatchScanner {
  /** Chunk for a short walk from an index entry. */
  static final int LOOKUP_CHUNK = 4 * 1024;

  /** Chunk for walking whole segments. */
  public static final int SCAN_CHUNK = 64 * 1024;

  // A buffer per thread that reads logs: a handful. Not wiring, it holds nothing between scans.
  private static final ThreadLocal<ByteBuffer> BUFFERS =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(SCAN_CHUNK));

  private final SegmentFile file;
  private final long limit;
  private final ByteBuffer buffer;
  private final BatchHeader header = new BatchHeader();
  private final int chunk;
  private long bufferStart;
  private long position = -1;
  private long next;

  /**
   * Makes a scanner that has not read anything yet.
   *
   * @param from position of a batch's first byte
   * @param limit position at which to stop
   * @param chunk bytes to read at a time, at most {@link #SCAN_CHUNK}
   */
  public BatchScanner(SegmentFile file, long from, long limit, int chunk) {
    this.file = file;
    this.next = from;
    this.limit = limit;
    this.buffer = BUFFERS.get();
    this.buffer.clear().limit(0);
    this.chunk = chunk;
  }

  /**
   * Moves to the next batch. False at the limit, and where the bytes cannot be a whole batch: then
   * {@link #end} is below the limit.
   */
  public boolean next() throws IOException {
    if (limit - next < BatchHeader.SIZE) {
      return false;
    }
    if (!buffered(next, BatchHeader.SIZE)) {
      return false;
    }
    header.wrap(buffer, (int) (next - bufferStart));
    if (!header.isPlausible() || header.sizeInBytes() > limit - next) {
      return false;
    }
    position = next;
    next += header.sizeInBytes();
    return true;
  }

  /** The current batch's header; valid until the next call of any method but accessors. */
  public BatchHeader header() {
    return header;
  }

  /** Position of the current batch. */
  public int position() {
    return (int) position;
  }

  /** Position after the last whole batch. */
  public long end() {
    return next;
  }

  /** Computes the current batch's checksum in chunks; the header has to be fetched anew after. */
  boolean crcMatches() throws IOException {
    int expected = header.crc();
    int size = header.sizeInBytes();
    CRC32C crc = new CRC32C();
    long at = position + BatchHeader.ATTRIBUTES;
    long stop = position + size;
    while (at < stop) {
      if (!buffered(at, 1)) {
        return false;
      }
      int from = (int) (at - bufferStart);
      int count = (int) Math.min(buffer.limit() - from, stop - at);
      crc.update(buffer.slice(from, count));
      at += count;
    }
    boolean matches = (int) crc.getValue() == expected;
    if (!buffered(position, BatchHeader.SIZE)) {
      return false;
    }
    header.wrap(buffer, (int) (position - bufferStart));
    return matches;
  }

  private boolean buffered(long at, int bytes) throws IOException {
    if (at >= bufferStart && at + bytes <= bufferStart + buffer.limit()) {
      return true;
    }
    buffer.clear();
    buffer.limit((int) Math.min(chunk, Math.max(bytes, limit - at)));
    bufferStart = at;
    while (buffer.hasRemaining()) {
      int n = file.read(buffer, at + buffer.position());
      if (n < 0) {
        break;
      }
    }
    buffer.flip();
    return buffer.limit() >= bytes;
  }
}
