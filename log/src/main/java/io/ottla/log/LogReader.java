package io.ottla.log;

import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.CorruptBatchException;
import io.ottla.log.batch.LogRecord;
import io.ottla.log.batch.RecordIterator;
import io.ottla.log.segment.BatchScanner;
import io.ottla.log.segment.Segment;
import io.ottla.log.segment.SegmentSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads by offset and by time. No locks: it bounds itself by the end offset it saw first, then
 * takes one segment set and stays with it; a segment that is removed meanwhile is noticed when its
 * file cannot be retained, and the read starts over.
 */
final class LogReader {
  private static final Logger LOG = LoggerFactory.getLogger(LogReader.class);
  private static final int ATTEMPTS = 100;

  private final LogState log;

  LogReader(LogState log) {
    this.log = log;
  }

  LogSlice read(long offset, int maxBytes, long endExclusive, boolean atLeastOneBatch) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long end = log.endOffset;
      checkRange(offset, end);
      long bound = Math.min(endExclusive, end);
      if (offset >= bound) {
        return LogSlice.empty();
      }
      SegmentSet segments = log.segments;
      try {
        LogSlice slice = tryRead(segments, offset, maxBytes, bound, atLeastOneBatch);
        if (slice != null) {
          return slice;
        }
        Thread.onSpinWait();
      } catch (IOException e) {
        // A removed segment takes its index files along: look again in what is there now.
        if (!changedSince(end) && log.segments == segments) {
          throw new UncheckedIOException(
              log.name + ": reading at offset " + offset + " failed: " + e.getMessage(), e);
        }
      }
    }
    throw new UncheckedIOException(
        log.name + ": reading at offset " + offset + " was overtaken by removals",
        new IOException("the segments changed at each of " + ATTEMPTS + " attempts"));
  }

  private boolean changedSince(long end) {
    return log.closed || log.endOffset < end;
  }

  private void checkRange(long offset, long end) {
    long start = log.startOffset;
    if (offset < start || offset > end) {
      throw new OffsetOutOfRangeException(log.name, offset, start, end);
    }
  }

  /** One attempt; null when the segments changed under it. */
  private LogSlice tryRead(
      SegmentSet segments, long offset, int maxBytes, long bound, boolean atLeastOneBatch)
      throws IOException {
    int i = segments.floor(offset);
    if (i < 0) {
      return null; // The start has moved up, or is about to: the next attempt says so.
    }
    for (; i < segments.count() && segments.get(i).baseOffset() < bound; i++) {
      Segment segment = segments.get(i);
      if (!segment.file().tryRetain()) {
        if (log.closed) {
          throw new IllegalStateException(log.name + " is closed");
        }
        return null;
      }
      LogSlice slice = null;
      try {
        slice = slice(segment, offset, maxBytes, bound, atLeastOneBatch);
      } finally {
        if (slice == null || slice.isEmpty()) {
          segment.file().release();
        }
      }
      if (slice != null) {
        return slice;
      }
    }
    return LogSlice.empty();
  }

  /** A slice that owns the caller's reference; an empty one, or null to go on, that does not. */
  private static LogSlice slice(
      Segment segment, long offset, int maxBytes, long bound, boolean atLeastOneBatch)
      throws IOException {
    long batch = segment.batchFrom(offset);
    if (batch < 0) {
      return null;
    }
    int from = Segment.position(batch);
    int length = segment.endPosition(bound) - from;
    if (length <= 0) {
      return LogSlice.empty();
    }
    if (length > maxBytes) {
      int boundary = maxBytes <= 0 ? from : segment.boundary(from, from + maxBytes);
      if (boundary > from) {
        length = boundary - from;
      } else if (atLeastOneBatch) {
        length = segment.batchSize(from);
      } else {
        return LogSlice.empty();
      }
    }
    return new LogSlice(segment.file(), from, length, segment.baseOffsetOf(batch));
  }

  Optional<TimestampOffset> firstAtOrAfter(long timestampMs, long endExclusive) {
    long end = log.endOffset;
    long bound = Math.min(endExclusive, end);
    try {
      for (Segment segment : log.segments.asList()) {
        if (segment.baseOffset() >= bound) {
          break;
        }
        if (!segment.file().tryRetain()) {
          continue; // Removed: its records are gone.
        }
        try {
          if (segment.maxTimestamp() >= timestampMs) {
            Optional<TimestampOffset> found = search(segment, timestampMs, bound);
            if (found.isPresent()) {
              return found;
            }
          }
        } finally {
          segment.file().release();
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(
          log.name + ": searching for time " + timestampMs + " failed: " + e.getMessage(), e);
    }
  }

  Optional<TimestampOffset> maxTimestamp(long endExclusive) {
    long bound = Math.min(endExclusive, log.endOffset);
    long start = log.startOffset;
    try {
      Optional<TimestampOffset> found = firstAtOrAfterNonNegative(maxBelow(bound, -1), bound);
      // The largest may have been a deleted record of the segment the log now starts in.
      return found.isPresent() || start <= log.segments.get(0).baseOffset()
          ? found
          : firstAtOrAfterNonNegative(maxBelow(bound, start), bound);
    } catch (IOException e) {
      throw new UncheckedIOException(
          log.name + ": searching for the largest time failed: " + e.getMessage(), e);
    }
  }

  private Optional<TimestampOffset> firstAtOrAfterNonNegative(long timestampMs, long bound) {
    return timestampMs < 0 ? Optional.empty() : firstAtOrAfter(timestampMs, bound);
  }

  /** Largest timestamp below {@code bound}; from {@code start} on, by a walk, when that is >= 0. */
  private long maxBelow(long bound, long start) throws IOException {
    long max = -1;
    for (Segment segment : log.segments.asList()) {
      if (segment.baseOffset() >= bound) {
        break;
      }
      if (segment.file().tryRetain()) {
        try {
          long here =
              segment.baseOffset() < start
                  ? walkForMax(segment, start, bound)
                  : segment.maxTimestampBelow(bound);
          max = Math.max(max, here);
        } finally {
          segment.file().release();
        }
      }
    }
    return max;
  }

  private long walkForMax(Segment segment, long start, long bound) throws IOException {
    long batch = segment.batchFrom(start);
    if (batch < 0) {
      return -1;
    }
    long max = -1;
    int straddling = -1;
    int size = 0;
    BatchScanner scanner =
        new BatchScanner(
            segment.file(), Segment.position(batch), segment.size(), BatchScanner.SCAN_CHUNK);
    while (scanner.next() && scanner.header().lastOffset() < bound) {
      if (scanner.header().baseOffset() < start) {
        straddling = scanner.position();
        size = scanner.header().sizeInBytes();
      } else {
        max = Math.max(max, scanner.header().maxTimestamp());
      }
    }
    if (straddling >= 0) {
      ByteBuffer whole = ByteBuffer.allocate(size);
      segment.file().readFully(whole, straddling);
      max = Math.max(max, maxOfRecords(whole, start));
    }
    return max;
  }

  private long maxOfRecords(ByteBuffer batch, long start) {
    long max = -1;
    try (RecordIterator records =
        RecordIterator.of(batch, 0, log.context.options().maxDecompressedBytes())) {
      while (records.hasNext()) {
        LogRecord record = records.next();
        max = record.offset() < start ? max : Math.max(max, record.timestampMs());
      }
    } catch (CorruptBatchException e) {
      return new BatchHeader(batch, 0).maxTimestamp();
    }
    return max;
  }

  private Optional<TimestampOffset> search(Segment segment, long timestampMs, long bound)
      throws IOException {
    long start = log.startOffset;
    int from = segment.positionForTimestamp(timestampMs);
    while (true) {
      int position = -1;
      int size = 0;
      BatchScanner scanner =
          new BatchScanner(segment.file(), from, segment.size(), BatchScanner.SCAN_CHUNK);
      while (position < 0 && scanner.next() && scanner.header().baseOffset() < bound) {
        BatchHeader header = scanner.header();
        if (header.maxTimestamp() >= timestampMs && header.lastOffset() >= start) {
          position = scanner.position();
          size = header.sizeInBytes();
        }
      }
      if (position < 0) {
        return Optional.empty();
      }
      ByteBuffer batch = ByteBuffer.allocate(size);
      segment.file().readFully(batch, position);
      Optional<TimestampOffset> found = searchBatch(batch, timestampMs, start, bound);
      if (found.isPresent()) {
        return found;
      }
      from = position + size;
    }
  }

  private Optional<TimestampOffset> searchBatch(
      ByteBuffer batch, long timestampMs, long start, long bound) {
    BatchHeader header = new BatchHeader(batch, 0);
    try (RecordIterator records =
        RecordIterator.of(batch, 0, log.context.options().maxDecompressedBytes())) {
      while (records.hasNext()) {
        LogRecord record = records.next();
        if (record.timestampMs() >= timestampMs && record.offset() >= start) {
          return record.offset() >= bound
              ? Optional.empty()
              : Optional.of(
                  new TimestampOffset(record.timestampMs(), record.offset(), header.leaderEpoch()));
        }
      }
      return Optional.empty();
    } catch (CorruptBatchException e) {
      // Compressed data is stored as the client sent it. A batch nobody can read must not make the
      // partition unsearchable: its first record stands for it.
      LOG.warn("{}: searching by time in {}: {}", log.name, header, e.getMessage());
      return Optional.of(
          new TimestampOffset(
              header.maxTimestamp(), Math.max(start, header.baseOffset()), header.leaderEpoch()));
    }
  }
}
