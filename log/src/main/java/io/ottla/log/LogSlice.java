package io.ottla.log;

import io.ottla.log.segment.SegmentFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A run of whole batches in one segment file: what a fetch sends. Keeps the file open and readable,
 * also after its segment was removed, until {@link #close}; whoever got the slice closes it, once,
 * from any thread.
 *
 * <p>A follower that truncates can cut the file under a slice; reading then ends early, which is an
 * error for {@link #readInto} and fewer bytes for a transfer from {@link #channel}.
 */
public final class LogSlice implements AutoCloseable {
  private final SegmentFile file;
  private final long position;
  private final int size;
  private final long baseOffset;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes over the caller's reference to {@code file}. */
  LogSlice(SegmentFile file, long position, int size, long baseOffset) {
    this.file = file;
    this.position = position;
    this.size = size;
    this.baseOffset = baseOffset;
  }

  static LogSlice empty() {
    return new LogSlice(null, 0, 0, -1);
  }

  /**
   * The segment's file, open for reading; never close it, never use its own position.
   *
   * @throws IllegalStateException when the slice is empty or closed
   */
  public FileChannel channel() {
    if (file == null || closed.get()) {
      throw new IllegalStateException(file == null ? "the slice is empty" : "the slice is closed");
    }
    try {
      return file.channel();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("opening " + file.path(), e);
    }
  }

  /** Position of the first byte in the file. */
  public long position() {
    return position;
  }

  /** Bytes. */
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Base offset of the first batch; -1 when empty. */
  public long baseOffset() {
    return baseOffset;
  }

  /**
   * Appends all bytes to {@code dst}, which must have room for them.
   *
   * @throws IOException when the file cannot be read or was cut
   */
  public void readInto(ByteBuffer dst) throws IOException {
    if (size == 0) {
      return;
    }
    if (closed.get()) {
      throw new IllegalStateException("the slice is closed");
    }
    if (dst.remaining() < size) {
      throw new IllegalArgumentException(
          "the slice has " + size + " bytes, the buffer room for " + dst.remaining());
    }
    int limit = dst.limit();
    dst.limit(dst.position() + size);
    try {
      file.readFully(dst, position);
    } catch (EOFException e) {
      throw new IOException("the log was truncated under a reader: " + e.getMessage(), e);
    } finally {
      dst.limit(limit);
    }
  }

  @Override
  public void close() {
    if (file != null && closed.compareAndSet(false, true)) {
      file.release();
    }
  }

  @Override
  public String toString() {
    return file == null
        ? "slice[empty]"
        : "slice[" + file.path() + " " + position + "+" + size + " from " + baseOffset + "]";
  }
}
