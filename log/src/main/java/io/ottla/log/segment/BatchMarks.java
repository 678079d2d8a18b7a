package io.ottla.log.segment;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where the last batches written to a segment start: a fetch at or near the end, and the cut at the
 * high watermark, need neither an index nor a read of the file.
 *
 * <p>A mark packs (offset relative to the segment, file position) into one {@code long}, so it is
 * read whole or not at all. Written by the log's writer for every batch, in order; read by any
 * thread. A reader that is overtaken sees a newer, larger mark where it expected an older one and
 * gives up.
 */
final class BatchMarks {
  static final long NONE = -1;
  private static final int SLOTS = 64;

  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);
  private volatile long written;

  static long pack(long relativeOffset, int position) {
    return relativeOffset << 32 | position;
  }

  static long relativeOffset(long mark) {
    return mark >>> 32;
  }

  static int position(long mark) {
    return (int) mark;
  }

  /** Writer only: the next batch starts here. */
  void add(long relativeOffset, int position) {
    long n = written;
    slots.setRelease((int) (n % SLOTS), pack(relativeOffset, position));
    // Plain read-modify-write is right: one writer.
    written = n + 1;
  }

  /** The mark of the batch that holds {@code relativeOffset}, or {@link #NONE} when forgotten. */
  long floorOffset(long relativeOffset) {
    long n = written;
    long newer = Long.MAX_VALUE;
    for (long i = n - 1; i >= 0 && i >= n - SLOTS; i--) {
      long mark = slots.getAcquire((int) (i % SLOTS));
      if (mark >= newer) {
        return NONE;
      }
      if (relativeOffset(mark) <= relativeOffset) {
        return mark;
      }
      newer = mark;
    }
    return NONE;
  }

  /** The mark of the last batch that starts at or before {@code position}, or {@link #NONE}. */
  long floorPosition(int position) {
    long n = written;
    long newer = Long.MAX_VALUE;
    for (long i = n - 1; i >= 0 && i >= n - SLOTS; i--) {
      long mark = slots.getAcquire((int) (i % SLOTS));
      if (mark >= newer) {
        return NONE;
      }
      if (position(mark) <= position) {
        return mark;
      }
      newer = mark;
    }
    return NONE;
  }
}
