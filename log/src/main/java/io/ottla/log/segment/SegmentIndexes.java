package io.ottla.log.segment;

import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The offset and time index of one segment, and the largest timestamp they give.
 *
 * <p>Answers are hints: each is checked against the batch it points to. When one lies, the segment
 * is walked and its indexes are made anew; so are indexes found missing or misshapen at their first
 * use. While the writer appends here, the entries in memory are its own and nothing is made anew.
 */
final class SegmentIndexes {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);
  private static final int REBUILD_INTERVAL = 4096;

  /** A segment above this size must have index entries; smaller ones are walked. */
  private static final int EXPECTED_ABOVE = 64 * 1024;

  private final Segment segment;
  private volatile IndexFile offsets;
  private volatile IndexFile times;
  // -2: not looked up yet; -1: no batch has a timestamp.
  private volatile long maxTimestamp;
  private volatile boolean checked;
  private boolean writerOwns;

  // The writer's.
  private long offsetOfMaxTimestamp = -1;
  private int bytesSinceEntry;

  SegmentIndexes(
      Segment segment, IndexFile offsets, IndexFile times, long maxTimestamp, boolean checked) {
    this.segment = segment;
    this.offsets = offsets;
    this.times = times;
    this.maxTimestamp = maxTimestamp;
    this.checked = checked;
  }

  /** Entries of an index file; one of an impossible size is dropped. */
  static int usableEntries(Path index, int entryBytes) throws IOException {
    int entries = IndexFile.entriesOnFile(index, entryBytes);
    if (entries < 0) {
      LOG.warn("{} is no whole number of {} byte entries; dropping it", index, entryBytes);
      Files.delete(index);
    }
    return Math.max(0, entries);
  }

  // ---- the log's writer ----

  /** From here on the writer appends: a reader that finds the indexes wrong only walks. */
  synchronized void takeOver() {
    writerOwns = true;
  }

  void note(BatchHeader batch, int position, int intervalBytes) throws IOException {
    if (batch.maxTimestamp() > maxTimestamp()) {
      maxTimestamp = batch.maxTimestamp();
      offsetOfMaxTimestamp = batch.lastOffset();
    }
    if (bytesSinceEntry > intervalBytes) {
      offsets.append(batch.lastOffset() - segment.baseOffset(), position);
      appendTime();
      bytesSinceEntry = 0;
    }
    bytesSinceEntry += batch.sizeInBytes();
  }

  private void appendTime() throws IOException {
    IndexFile.Entry last = times.last();
    if (offsetOfMaxTimestamp >= 0 && (last == null || maxTimestamp > last.key)) {
      times.append(maxTimestamp, (int) (offsetOfMaxTimestamp - segment.baseOffset()));
    }
  }

  /** One slot of the time index is kept for the closing entry. */
  boolean isFull(int maxBytes) {
    return offsets.sizeInBytes() + 8 > maxBytes || times.sizeInBytes() + 24 > maxBytes;
  }

  void seal() throws IOException {
    appendTime();
    offsets.seal();
    times.seal();
  }

  void force() throws IOException {
    offsets.force();
    times.force();
  }

  IndexFile offsetsBelow(long relativeOffset, int position) throws IOException {
    return offsets.truncatedBelow(relativeOffset, position);
  }

  IndexFile timesBelow(long relativeOffset) throws IOException {
    return times.truncatedBelow(Long.MAX_VALUE, (int) Math.min(relativeOffset, Integer.MAX_VALUE));
  }

  /** These indexes are what was left by a truncation. */
  void cutAt(long newOffsetOfMaxTimestamp) {
    offsetOfMaxTimestamp = newOffsetOfMaxTimestamp;
    checked = true;
  }

  /** Takes freshly built indexes into use. */
  void replace(IndexFile newOffsets, IndexFile newTimes, long max, long offsetOfMax) {
    offsets = newOffsets;
    times = newTimes;
    maxTimestamp = max;
    offsetOfMaxTimestamp = offsetOfMax;
    checked = true;
  }

  // ---- any thread ----

  /** The last entry of the offset index, or null. */
  IndexFile.Entry lastOffset() throws IOException {
    check();
    return holdsOffset(offsets.last());
  }

  /** (relative offset, position) of the last entry at or below an offset, or null. */
  IndexFile.Entry floorOffset(long relativeOffset) throws IOException {
    check();
    return holdsOffset(offsets.floorKey(relativeOffset));
  }

  /** (relative offset, position) of the last entry at or below a position, or null. */
  IndexFile.Entry floorPosition(int position) throws IOException {
    check();
    return holdsOffset(offsets.floorValue(position));
  }

  /** (timestamp, relative offset) of the last entry at or below a time, or null. */
  IndexFile.Entry floorTime(long timestamp) throws IOException {
    check();
    return holdsTime(times.floorKey(timestamp));
  }

  /** (timestamp, relative offset) of the last entry at or below an offset, or null. */
  IndexFile.Entry floorTimeOffset(int relativeOffset) throws IOException {
    check();
    return holdsTime(times.floorValue(relativeOffset));
  }

  /** Largest timestamp of the segment's batches, -1 when none has one. */
  long maxTimestamp() throws IOException {
    long known = maxTimestamp;
    if (known != -2) {
      return known;
    }
    check();
    IndexFile.Entry last = holdsTime(times.last());
    long found = last != null ? last.key : -1;
    if (last == null) {
      BatchScanner scanner =
          new BatchScanner(segment.file(), 0, segment.size(), BatchScanner.SCAN_CHUNK);
      while (scanner.next()) {
        found = Math.max(found, scanner.header().maxTimestamp());
      }
    }
    maxTimestamp = found;
    return found;
  }

  /** The entry, if the batch it points to is there and not above it; else null. */
  private IndexFile.Entry holdsOffset(IndexFile.Entry entry) throws IOException {
    if (entry == null) {
      return null;
    }
    if (entry.value >= 0 && entry.value < segment.size()) {
      BatchScanner scanner =
          new BatchScanner(segment.file(), entry.value, segment.size(), BatchScanner.LOOKUP_CHUNK);
      if (scanner.next()
          && scanner.header().lastOffset() - segment.baseOffset() <= entry.key
          && scanner.header().baseOffset() >= segment.baseOffset()) {
        return entry;
      }
    }
    distrust("position " + entry.value + " for offset " + (segment.baseOffset() + entry.key));
    return null;
  }

  /** The entry, if the batch it points to has its timestamp; else null. */
  private IndexFile.Entry holdsTime(IndexFile.Entry entry) throws IOException {
    if (entry == null) {
      return null;
    }
    long found =
        entry.value < 0 ? BatchMarks.NONE : segment.batchFrom(segment.baseOffset() + entry.value);
    if (found != BatchMarks.NONE) {
      BatchScanner scanner =
          new BatchScanner(
              segment.file(),
              BatchMarks.position(found),
              segment.size(),
              BatchScanner.LOOKUP_CHUNK);
      if (scanner.next() && scanner.header().maxTimestamp() == entry.key) {
        return entry;
      }
    }
    distrust("offset " + (segment.baseOffset() + entry.value) + " for time " + entry.key);
    return null;
  }

  private void distrust(String answer) throws IOException {
    LOG.warn(
        "{}: an index answers {}, where there is no such batch; walking the segment and making its"
            + " indexes anew",
        segment.file().path(),
        answer);
    checked = false;
    rebuild(true);
  }

  /** Looks at indexes from before this start once, and makes anew what cannot be right. */
  void check() throws IOException {
    if (!checked) {
      rebuild(false);
    }
  }

  private synchronized void rebuild(boolean distrusted) throws IOException {
    if (checked) {
      return;
    }
    // Where the writer is appending, the indexes are its own: there, readers only walk.
    if (!writerOwns && (distrusted || !isSane())) {
      LOG.info("{}: making the indexes anew", segment.file().path());
      SegmentRebuild.scan(segment, Long.MAX_VALUE, REBUILD_INTERVAL, null).install(segment);
    }
    checked = true;
  }

  private boolean isSane() throws IOException {
    int size = segment.size();
    if (offsets.entries() < 0 || times.entries() < 0) {
      return false;
    }
    if (size > EXPECTED_ABOVE && (offsets.entries() == 0 || times.entries() == 0)) {
      return false;
    }
    IndexFile.Entry last = offsets.last();
    IndexFile.Entry lastTime = times.last();
    long span = segment.span();
    return (last == null || (last.value < size && last.value >= 0 && last.key < span))
        && (lastTime == null || (lastTime.value >= 0 && lastTime.value < span));
  }

  // ---- files ----

  Path offsetsPath() {
    return offsets.path();
  }

  Path timesPath() {
    return times.path();
  }

  void renameTo(Path newOffsets, Path newTimes) throws IOException {
    offsets.renameTo(newOffsets);
    times.renameTo(newTimes);
  }

  void movedTo(Path directory) {
    offsets.movedTo(directory);
    times.movedTo(directory);
  }
}
