package io.ottla.log;

import com.codahale.metrics.Timer;
import io.ottla.log.segment.DiskIo;
import io.ottla.log.segment.Segment;
import io.ottla.log.segment.SegmentSet;
import io.ottla.log.state.PartitionMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Makes a log durable and keeps its recovery point: everything below it is on disk, with the files'
 * names, the topic id and the leader epochs. Any thread may flush; the writer may go on meanwhile.
 *
 * <p>A truncation while a flush runs makes that flush advance nothing: what it forced may be gone.
 * The monitor guards three fields for a few instructions and is taken under the partition's lock, a
 * leaf: no I/O, no other lock inside.
 */
final class LogFlusher {
  private final LogState log;
  private final Object monitor = new Object();
  private volatile long recoveryPoint;
  private long truncations;
  private volatile boolean namesUnforced;
  private volatile boolean identityUnforced;
  private volatile long lastFlushMs;

  LogFlusher(LogState log) {
    this.log = log;
    this.lastFlushMs = log.context.nowMs();
  }

  long recoveryPoint() {
    return recoveryPoint;
  }

  void startAt(long offset) {
    recoveryPoint = offset;
  }

  long lastFlushMs() {
    return lastFlushMs;
  }

  /** A file was made or renamed in the log's directory. */
  void namesChanged() {
    namesUnforced = true;
  }

  /** The log's directory or its topic id are new. */
  void identityChanged() {
    identityUnforced = true;
    namesUnforced = true;
  }

  /** The log now ends at {@code offset}. */
  void truncated(long offset) {
    synchronized (monitor) {
      truncations++;
      recoveryPoint = Math.min(recoveryPoint, offset);
    }
  }

  /** The log now starts and ends at {@code offset}. */
  void restartedAt(long offset) {
    synchronized (monitor) {
      truncations++;
      recoveryPoint = offset;
    }
  }

  /** Forces everything up to the end at entry. */
  void flush() throws IOException {
    long generation;
    synchronized (monitor) {
      generation = truncations;
    }
    long end = log.endOffset;
    if (end <= recoveryPoint) {
      return;
    }
    if (log.closed) {
      return; // Closed and written out, or removed.
    }
    log.checkFlushable();
    SegmentSet segments = log.segments;
    Timer.Context timer = log.context.flushTimer().time();
    try {
      forceSegments(segments, end);
      forceNames();
      timer.stop();
    } catch (NoSuchFileException e) {
      synchronized (monitor) {
        if (generation != truncations || log.closed || !Files.exists(log.directory)) {
          return; // Removed meanwhile: nothing is left to be made durable.
        }
      }
      throw log.fail("flush", e).getCause();
    } catch (IOException e) {
      if (log.closed) {
        return;
      }
      throw log.fail("flush", e).getCause();
    }
    lastFlushMs = log.context.nowMs();
    synchronized (monitor) {
      if (generation == truncations) {
        recoveryPoint = Math.max(recoveryPoint, end);
      }
    }
  }

  private void forceSegments(SegmentSet segments, long end) throws IOException {
    // From the segment that ends at the recovery point: it may have been sealed since, its indexes
    // never forced. Recovery looks at that one again for the same reason.
    int first = Math.max(0, segments.floor(recoveryPoint - 1));
    for (int i = first; i < segments.count(); i++) {
      Segment segment = segments.get(i);
      if (segment.baseOffset() > end || !segment.file().tryRetain()) {
        continue;
      }
      try {
        if (i < segments.count() - 1) {
          segment.force();
        } else {
          segment.forceLog();
        }
      } finally {
        segment.file().release();
      }
    }
  }

  private void forceNames() throws IOException {
    Path directory = log.directory;
    log.epochs.force();
    if (identityUnforced) {
      identityUnforced = false;
      if (log.topicId != null) {
        DiskIo.forceFile(directory.resolve(PartitionMetadata.FILE));
      }
      DiskIo.forceDirectory(directory.getParent());
    }
    if (namesUnforced) {
      namesUnforced = false;
      DiskIo.forceDirectory(directory);
    }
  }
}
