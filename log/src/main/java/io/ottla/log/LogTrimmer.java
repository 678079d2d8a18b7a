package io.ottla.log;

import io.ottla.log.maintenance.RetentionPlan;
import io.ottla.log.segment.DiskIo;
import io.ottla.log.segment.Segment;
import io.ottla.log.segment.SegmentSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes records away: from the end when a follower diverged, from the start by retention and
 * DeleteRecords. Every method runs under the owner's lock. Removed segments are renamed at once and
 * deleted later; readers that hold a slice of them go on.
 */
final class LogTrimmer {
  private static final Logger LOG = LoggerFactory.getLogger(LogTrimmer.class);

  private final LogState log;
  private final LogWriter writer;

  LogTrimmer(LogState log, LogWriter writer) {
    this.log = log;
    this.writer = writer;
  }

  void truncateTo(long offset) {
    log.checkWritable();
    if (offset < 0) {
      throw new IllegalArgumentException(log.name + ": truncation to offset " + offset);
    }
    if (offset < log.startOffset) {
      truncateFullyAndStartAt(offset);
      return;
    }
    try {
      if (offset < log.endOffset) {
        cut(offset);
      }
      log.epochs.truncateFromEnd(Math.max(offset, log.endOffset));
    } catch (IOException e) {
      throw log.fail("truncation to offset " + offset, e);
    }
  }

  private void cut(long offset) throws IOException {
    SegmentSet segments = log.segments;
    long before = log.endOffset;
    int keep = segments.floor(offset);
    Segment last = segments.get(keep);
    long batch = last.batchFrom(offset);
    // A batch that begins before the offset goes as a whole: its head has to be fetched again.
    if (batch >= 0 && last.baseOffsetOf(batch) < log.startOffset) {
      truncateFullyAndStartAt(log.startOffset);
      return;
    }
    log.flusher.truncated(offset);
    log.endOffset = offset;
    Segment cut = last.truncated(offset);
    // Not the offset asked for: what is not in the files would not outlive a restart.
    long newEnd = Math.max(cut.nextOffset(), log.startOffset);
    cut.published(newEnd, cut.size());
    log.endOffset = newEnd;
    log.flusher.truncated(newEnd);
    log.segments = segments.firstAnd(keep, cut);
    log.context.loweredTo(log.name, newEnd);
    List<Segment> removed = segments.asList().subList(keep + 1, segments.count());
    remove(removed, 0);
    // What is appended next takes the same offsets: neither the old bytes nor the old files may
    // come
    // back after a crash.
    cut.forceLog();
    if (!removed.isEmpty()) {
      DiskIo.forceDirectory(log.directory);
    }
    log.snapshots.removeAbove(newEnd);
    ProducerReplay.reload(log);
    LOG.info("{}: truncated from end offset {} to {}", log.name, before, newEnd);
  }

  void truncateFullyAndStartAt(long offset) {
    log.checkWritable();
    if (offset < 0) {
      throw new IllegalArgumentException(log.name + ": start at offset " + offset);
    }
    LOG.info(
        "{}: dropping offsets {} to {} and starting at {}",
        log.name,
        log.startOffset,
        log.endOffset,
        offset);
    try {
      List<Segment> old = log.segments.asList();
      log.flusher.restartedAt(offset);
      List<Path> files = new ArrayList<>();
      for (Segment segment : old) {
        files.addAll(segment.markDeleted());
      }
      Segment fresh = Segment.create(log.directory, offset, log.context.nowMs());
      // First the range, then the segments: a reader in between is told that it is out of range.
      log.startOffset = Math.min(offset, log.startOffset);
      log.endOffset = offset;
      log.startOffset = offset;
      log.segments = SegmentSet.of(List.of(fresh));
      old.forEach(Segment::release);
      log.context.loweredTo(log.name, offset);
      log.context.removeLater(files, 0);
      log.epochs.clearAndPersist();
      log.producers.clear();
      log.snapshots.removeAll();
      DiskIo.forceDirectory(log.directory);
    } catch (IOException e) {
      throw log.fail("restart at offset " + offset, e);
    }
  }

  boolean advanceStartOffset(long offset) {
    log.checkWritable();
    if (offset > log.endOffset) {
      throw new IllegalArgumentException(
          log.name + ": start offset " + offset + " is above the end, " + log.endOffset);
    }
    if (offset <= log.startOffset) {
      return false;
    }
    log.startOffset = offset;
    try {
      log.epochs.truncateFromStart(offset);
    } catch (IOException e) {
      throw log.fail("moving the start to offset " + offset, e);
    }
    return true;
  }

  RetentionResult applyRetention(long nowMs, long highWatermark) {
    log.checkWritable();
    try {
      int count = removable(nowMs, highWatermark);
      if (count == 0) {
        return new RetentionResult(0, 0, log.startOffset);
      }
      if (count == log.segments.count()) {
        writer.roll(log.endOffset);
      }
      SegmentSet segments = log.segments;
      List<Segment> removed = segments.asList().subList(0, count);
      long newStart = Math.max(log.startOffset, segments.get(count).baseOffset());
      log.startOffset = newStart;
      log.segments = segments.withoutFirst(count);
      long bytes = 0;
      for (Segment segment : removed) {
        bytes += segment.size();
      }
      remove(removed, nowMs + log.config.fileDeleteDelayMs());
      log.snapshots.removeBelow(segments.get(count).baseOffset());
      log.epochs.truncateFromStart(newStart);
      LOG.info(
          "{}: retention removed {} segments with {} bytes, start offset is {}",
          log.name,
          count,
          bytes,
          newStart);
      return new RetentionResult(count, bytes, newStart);
    } catch (IOException e) {
      throw log.fail("retention", e);
    }
  }

  private int removable(long nowMs, long highWatermark) throws IOException {
    SegmentSet segments = log.segments;
    LogConfig config = log.config;
    List<RetentionPlan.Candidate> candidates = new ArrayList<>(segments.count());
    for (int i = 0; i < segments.count(); i++) {
      Segment segment = segments.get(i);
      long newest = segment.maxTimestamp();
      candidates.add(
          new RetentionPlan.Candidate(
              i + 1 < segments.count() ? segments.get(i + 1).baseOffset() : log.endOffset,
              segment.size(),
              newest >= 0 ? newest : segment.createdMs()));
    }
    return RetentionPlan.count(
        candidates,
        new RetentionPlan.Limits(
            log.startOffset,
            highWatermark,
            config.retentionMs(),
            config.retentionBytes(),
            config.delete()),
        nowMs);
  }

  private void remove(List<Segment> segments, long deadlineMs) throws IOException {
    for (Segment segment : segments) {
      List<Path> files = segment.markDeleted();
      segment.release();
      log.context.removeLater(files, deadlineMs);
    }
  }
}
