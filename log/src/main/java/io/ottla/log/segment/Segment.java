package io.ottla.log.segment;

import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One segment: batches back to back in a {@code .log} file and its two indexes.
 *
 * <p>Always true: {@code base <= every offset in it < nextOffset}; the file holds whole batches up
 * to {@code size}; both are published together, last, so a reader that bounds itself by them sees
 * complete batches. The log's writer alone calls what changes it; every lookup is safe from any
 * thread without locks. Offsets inside are relative to the base and fit 31 bits.
 *
 * <p>Index entries are hints: a lookup checks the batch header it arrives at, and falls back to a
 * walk from the start when the index lied, after which the index is rebuilt.
 */
public final class Segment {
  private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
  private static final long MAX_RELATIVE = 0xFFFF_FFFFL;
  private static final int HINTS = 8;
  private static final int REBUILD_INTERVAL = 4096;

  /** A sealed segment above this size must have index entries; smaller ones are walked. */
  private static final int INDEX_EXPECTED_ABOVE = 64 * 1024;

  private final long baseOffset;
  private final SegmentFile file;
  private final Path directoryAtStart;
  private final long createdMs;
  private volatile IndexFile offsets;
  private volatile IndexFile times;

  /** {@code nextOffset - base} in the upper half, file size in the lower: read in one piece. */
  private volatile long tail;

  private volatile BatchMarks marks;
  private final AtomicLongArray hints = new AtomicLongArray(HINTS);
  private volatile int nextHint;

  // -2: not looked up yet; -1: no batch has a timestamp.
  private volatile long maxTimestamp;
  private long offsetOfMaxTimestamp = -1;
  private volatile long firstTimestamp = -2;
  private int bytesSinceIndexEntry;
  private volatile boolean indexesChecked;

  Segment(
      long baseOffset,
      SegmentFile file,
      IndexFile offsets,
      IndexFile times,
      long nextOffset,
      int size,
      long maxTimestamp,
      long createdMs) {
    this.baseOffset = baseOffset;
    this.file = file;
    this.directoryAtStart = file.path().getParent();
    this.offsets = offsets;
    this.times = times;
    this.maxTimestamp = maxTimestamp;
    this.createdMs = createdMs;
    this.indexesChecked = size == 0;
    publish(nextOffset, size);
    for (int i = 0; i < HINTS; i++) {
      hints.setPlain(i, BatchMarks.NONE);
    }
  }

  /** A new, empty segment; only its {@code .log} file is made. */
  public static Segment create(Path directory, long baseOffset, long nowMs) throws IOException {
    Path log = directory.resolve(FileNames.of(baseOffset, FileNames.LOG));
    Files.deleteIfExists(directory.resolve(FileNames.of(baseOffset, FileNames.OFFSET_INDEX)));
    Files.deleteIfExists(directory.resolve(FileNames.of(baseOffset, FileNames.TIME_INDEX)));
    return new Segment(
        baseOffset,
        SegmentFile.create(log),
        IndexFile.offsets(directory.resolve(FileNames.of(baseOffset, FileNames.OFFSET_INDEX)), 0),
        IndexFile.times(directory.resolve(FileNames.of(baseOffset, FileNames.TIME_INDEX)), 0),
        baseOffset,
        0,
        -1,
        nowMs);
  }

  /**
   * A segment found on disk.
   *
   * @param size bytes of its {@code .log} file
   * @param nextOffset base of the segment after it, or the largest offset it could hold
   * @param modifiedMs when its file was last changed
   */
  public static Segment load(
      Path directory, long baseOffset, int size, long nextOffset, long modifiedMs)
      throws IOException {
    Path offsets = directory.resolve(FileNames.of(baseOffset, FileNames.OFFSET_INDEX));
    Path times = directory.resolve(FileNames.of(baseOffset, FileNames.TIME_INDEX));
    return new Segment(
        baseOffset,
        SegmentFile.existing(directory.resolve(FileNames.of(baseOffset, FileNames.LOG))),
        IndexFile.offsets(offsets, usableEntries(offsets, 8)),
        IndexFile.times(times, usableEntries(times, 12)),
        size == 0 ? baseOffset : nextOffset,
        size,
        size == 0 ? -1 : -2,
        modifiedMs);
  }

  private static int usableEntries(Path index, int entryBytes) throws IOException {
    int entries = IndexFile.entriesOnFile(index, entryBytes);
    if (entries < 0) {
      LOG.warn("{} is no whole number of {} byte entries; dropping it", index, entryBytes);
      Files.delete(index);
    }
    return Math.max(0, entries);
  }

  /**
   * Finds where a cleanly closed last segment ends, by its last index entry and a short walk.
   *
   * @return false when something that is no batch follows: the segment has to be recovered
   */
  public boolean findEnd() throws IOException {
    if (isEmpty()) {
      return true;
    }
    checkIndexes();
    IndexFile.Entry last = offsets.last();
    BatchScanner scanner =
        new BatchScanner(file, last == null ? 0 : last.value, size(), BatchScanner.SCAN_CHUNK);
    long next = -1;
    long minimum = last == null ? baseOffset : baseOffset + last.key;
    while (scanner.next()) {
      if (scanner.header().lastOffset() < minimum || !canHold(scanner.header().lastOffset())) {
        return false;
      }
      next = scanner.header().nextOffset();
      minimum = next;
    }
    if (next < 0 || scanner.end() != size()) {
      return false;
    }
    publish(next, size());
    return true;
  }

  public long baseOffset() {
    return baseOffset;
  }

  /** First offset after the last batch; an upper bound of it for segments that are not the last. */
  public long nextOffset() {
    return baseOffset + (tail >>> 32);
  }

  /** Bytes of whole batches. */
  public int size() {
    return (int) tail;
  }

  public boolean isEmpty() {
    return size() == 0;
  }

  public SegmentFile file() {
    return file;
  }

  /** When the first batch was written here, or the file was last changed before this start. */
  public long createdMs() {
    return createdMs;
  }

  /** Timestamp of the first batch, -1 when it has none or there is no batch. */
  public long firstTimestamp() throws IOException {
    long known = firstTimestamp;
    if (known != -2) {
      return known;
    }
    if (isEmpty()) {
      return -1;
    }
    BatchScanner scanner = new BatchScanner(file, 0, size(), BatchScanner.LOOKUP_CHUNK);
    long found = scanner.next() ? scanner.header().maxTimestamp() : -1;
    firstTimestamp = found;
    return found;
  }

  /** Largest timestamp of all batches, -1 when none has one. */
  public long maxTimestamp() throws IOException {
    long known = maxTimestamp;
    if (known != -2) {
      return known;
    }
    checkIndexes();
    IndexFile.Entry last = holdsTime(times.last());
    long found = last != null ? last.key : -1;
    if (last == null) {
      BatchScanner scanner = new BatchScanner(file, 0, size(), BatchScanner.SCAN_CHUNK);
      while (scanner.next()) {
        found = Math.max(found, scanner.header().maxTimestamp());
      }
    }
    maxTimestamp = found;
    return found;
  }

  // ---- writing: the log's writer only ----

  /** Whether a batch ending at {@code lastOffset} still has a relative offset here. */
  public boolean canHold(long lastOffset) {
    return lastOffset - baseOffset <= Integer.MAX_VALUE - 1;
  }

  /** Whether one of the indexes has no room for another entry. */
  public boolean indexesFull(int maxIndexBytes) {
    return offsets.sizeInBytes() + 8 > maxIndexBytes || times.sizeInBytes() + 24 > maxIndexBytes;
  }

  /** Writes bytes behind the last batch; they count only once {@link #published}. */
  public void write(ByteBuffer batches) throws IOException {
    int size = size();
    try {
      file.write(batches, size);
    } catch (IOException e) {
      try {
        // A part may have reached the file: cut it, or a later, shorter write would leave its rest.
        file.truncate(size);
      } catch (IOException cut) {
        e.addSuppressed(cut);
        throw new UncutWriteException(file.path() + " could not be cut back after " + e, e);
      }
      throw e;
    }
  }

  /** Notes a written batch in marks and indexes; call in order, before {@link #published}. */
  public void index(BatchHeader batch, int position, int intervalBytes) throws IOException {
    BatchMarks recent = marks != null ? marks : startMarks();
    long lastOffset = batch.lastOffset();
    long timestamp = batch.maxTimestamp();
    if (position == 0) {
      firstTimestamp = timestamp;
    }
    if (timestamp > maxTimestamp()) {
      maxTimestamp = timestamp;
      offsetOfMaxTimestamp = lastOffset;
    }
    if (bytesSinceIndexEntry > intervalBytes) {
      offsets.append(lastOffset - baseOffset, position);
      appendTimeEntry();
      bytesSinceIndexEntry = 0;
    }
    bytesSinceIndexEntry += batch.sizeInBytes();
    recent.add(batch.baseOffset() - baseOffset, position);
  }

  /** From here on the writer owns the indexes: a reader that finds them wrong only walks. */
  private synchronized BatchMarks startMarks() {
    BatchMarks fresh = new BatchMarks();
    marks = fresh;
    return fresh;
  }

  /** Makes what was written visible to readers. */
  public void published(long nextOffset, int size) {
    publish(nextOffset, size);
  }

  private void publish(long nextOffset, int size) {
    tail = Math.min(nextOffset - baseOffset, MAX_RELATIVE) << 32 | size;
  }

  private void appendTimeEntry() throws IOException {
    IndexFile.Entry last = times.last();
    if (offsetOfMaxTimestamp >= 0 && (last == null || maxTimestamp > last.key)) {
      times.append(maxTimestamp, (int) (offsetOfMaxTimestamp - baseOffset));
    }
  }

  /**
   * Writes the indexes out: at a roll and at a close. The segment may be appended to afterwards.
   */
  public void seal() throws IOException {
    if (!isEmpty()) {
      appendTimeEntry();
    }
    offsets.seal();
    times.seal();
  }

  /** Makes batches and, where it is on file, indexes durable. */
  public void force() throws IOException {
    file.force();
    offsets.force();
    times.force();
  }

  /** Makes the batches durable. */
  public void forceLog() throws IOException {
    file.force();
  }

  /**
   * This segment without the batches that hold or follow {@code offset}: a new object over the same
   * file, so that readers of the old one meet the end of the file and not foreign bytes.
   */
  public Segment truncated(long offset) throws IOException {
    long found = batchFrom(offset);
    int size = found == BatchMarks.NONE ? size() : BatchMarks.position(found);
    checkIndexes();
    file.truncate(size);
    long next = baseOffset;
    long max = -1;
    long maxOffset = -1;
    BatchScanner scanner = new BatchScanner(file, 0, size, BatchScanner.SCAN_CHUNK);
    while (scanner.next()) {
      next = scanner.header().nextOffset();
      if (scanner.header().maxTimestamp() > max) {
        max = scanner.header().maxTimestamp();
        maxOffset = scanner.header().lastOffset();
      }
    }
    Segment cut =
        new Segment(
            baseOffset,
            file,
            offsets.truncatedBelow(next - baseOffset, size),
            times.truncatedBelow(Long.MAX_VALUE, (int) Math.min(next - baseOffset, MAX_RELATIVE)),
            next,
            size,
            max,
            createdMs);
    cut.offsetOfMaxTimestamp = maxOffset;
    cut.indexesChecked = true;
    return cut;
  }

  // ---- reading: any thread ----

  /** The position half of what {@link #batchFrom} answers. */
  public static int position(long batch) {
    return BatchMarks.position(batch);
  }

  /** The base offset of the batch {@link #batchFrom} answered. */
  public long baseOffsetOf(long batch) {
    return baseOffset + BatchMarks.relativeOffset(batch);
  }

  /**
   * The first batch that ends at or after {@code offset}, as (relative base offset, position) in
   * one {@code long}, or -1 when there is none.
   */
  public long batchFrom(long offset) throws IOException {
    long t = tail;
    int size = (int) t;
    if (size == 0 || offset >= baseOffset + (t >>> 32)) {
      return BatchMarks.NONE;
    }
    long relative = Math.max(0, offset - baseOffset);
    BatchMarks recent = marks;
    long mark = recent == null ? BatchMarks.NONE : recent.floorOffset(relative);
    if (mark == BatchMarks.NONE) {
      mark = hint(relative);
    }
    if (mark != BatchMarks.NONE && BatchMarks.relativeOffset(mark) == relative) {
      return mark;
    }
    if (mark == BatchMarks.NONE) {
      checkIndexes();
      IndexFile.Entry entry = holdsOffset(offsets.floorKey(relative));
      return walk(offset, entry == null ? 0 : entry.value, size);
    }
    // The mark's batch holds the offset unless compaction left a gap behind it.
    return walk(offset, BatchMarks.position(mark), size);
  }

  /** First position at which a batch holds or follows {@code offset}; the size when none does. */
  public int endPosition(long offset) throws IOException {
    long t = tail;
    if (offset >= baseOffset + (t >>> 32)) {
      return (int) t;
    }
    long found = batchFrom(offset);
    return found == BatchMarks.NONE ? (int) t : BatchMarks.position(found);
  }

  /** Largest batch boundary in {@code [from, limit]}; {@code from} must be one. */
  public int boundary(int from, int limit) throws IOException {
    BatchMarks recent = marks;
    long mark = recent == null ? BatchMarks.NONE : recent.floorPosition(limit);
    if (mark != BatchMarks.NONE) {
      return Math.max(from, BatchMarks.position(mark));
    }
    checkIndexes();
    IndexFile.Entry entry = holdsOffset(offsets.floorValue(limit));
    int start = entry == null ? from : Math.max(from, entry.value);
    BatchScanner scanner = new BatchScanner(file, start, size(), BatchScanner.LOOKUP_CHUNK);
    int boundary = from;
    while (scanner.next()) {
      if (scanner.position() > limit) {
        return boundary;
      }
      boundary = scanner.position();
      // A reader that goes on will ask for exactly this batch.
      if (scanner.end() > limit) {
        remember(scanner.header().baseOffset() - baseOffset, boundary);
        return boundary;
      }
    }
    return scanner.end() <= limit ? (int) scanner.end() : boundary;
  }

  /** Size of the batch that starts at {@code position}. */
  public int batchSize(int position) throws IOException {
    BatchScanner scanner = new BatchScanner(file, position, size(), BatchScanner.LOOKUP_CHUNK);
    if (!scanner.next()) {
      throw new IOException(file.path() + ": no whole batch at position " + position);
    }
    return scanner.header().sizeInBytes();
  }

  /** Position from which to look for the first record at or after {@code timestamp}. */
  public int positionForTimestamp(long timestamp) throws IOException {
    checkIndexes();
    IndexFile.Entry entry = holdsTime(times.floorKey(timestamp));
    if (entry == null) {
      return 0;
    }
    long found = batchFrom(baseOffset + entry.value);
    return found == BatchMarks.NONE ? 0 : BatchMarks.position(found);
  }

  /** Largest timestamp of the batches that end before {@code endExclusive}, -1 when none. */
  public long maxTimestampBelow(long endExclusive) throws IOException {
    if (endExclusive >= nextOffset()) {
      return maxTimestamp();
    }
    checkIndexes();
    long relative = endExclusive - 1 - baseOffset;
    IndexFile.Entry entry =
        relative < 0
            ? null
            : holdsTime(times.floorValue((int) Math.min(relative, Integer.MAX_VALUE)));
    long max = entry == null ? -1 : entry.key;
    int from = 0;
    if (entry != null) {
      long found = batchFrom(baseOffset + entry.value);
      from = found == BatchMarks.NONE ? 0 : BatchMarks.position(found);
    }
    BatchScanner scanner = new BatchScanner(file, from, size(), BatchScanner.SCAN_CHUNK);
    while (scanner.next() && scanner.header().lastOffset() < endExclusive) {
      max = Math.max(max, scanner.header().maxTimestamp());
    }
    return max;
  }

  private long walk(long offset, int from, int size) throws IOException {
    BatchScanner scanner = new BatchScanner(file, from, size, BatchScanner.LOOKUP_CHUNK);
    while (scanner.next()) {
      BatchHeader header = scanner.header();
      if (header.lastOffset() >= offset) {
        return BatchMarks.pack(header.baseOffset() - baseOffset, scanner.position());
      }
    }
    return BatchMarks.NONE;
  }

  /** The entry, if the batch it points to is there and ends where it says; else null. */
  private IndexFile.Entry holdsOffset(IndexFile.Entry entry) throws IOException {
    if (entry == null) {
      return null;
    }
    if (entry.value >= 0 && entry.value < size()) {
      BatchScanner scanner = new BatchScanner(file, entry.value, size(), BatchScanner.LOOKUP_CHUNK);
      if (scanner.next() && scanner.header().lastOffset() - baseOffset == entry.key) {
        return entry;
      }
    }
    distrust("position " + entry.value + " for offset " + (baseOffset + entry.key));
    return null;
  }

  /** The entry, if the batch it points to has its timestamp; else null. */
  private IndexFile.Entry holdsTime(IndexFile.Entry entry) throws IOException {
    if (entry == null) {
      return null;
    }
    long found = entry.value < 0 ? BatchMarks.NONE : batchFrom(baseOffset + entry.value);
    if (found != BatchMarks.NONE) {
      BatchScanner scanner =
          new BatchScanner(file, BatchMarks.position(found), size(), BatchScanner.LOOKUP_CHUNK);
      if (scanner.next() && scanner.header().maxTimestamp() == entry.key) {
        return entry;
      }
    }
    distrust("offset " + (baseOffset + entry.value) + " for time " + entry.key);
    return null;
  }

  private void distrust(String answer) throws IOException {
    LOG.warn(
        "{}: an index answers {}, where there is no such batch; walking the segment and making its"
            + " indexes anew",
        file.path(),
        answer);
    indexesChecked = false;
    rebuild(true);
  }

  private long hint(long relative) {
    for (int i = 0; i < HINTS; i++) {
      long hint = hints.getAcquire(i);
      if (hint != BatchMarks.NONE && BatchMarks.relativeOffset(hint) == relative) {
        return hint;
      }
    }
    return BatchMarks.NONE;
  }

  /** Remembers where a batch starts; racing writers may lose one, which costs one lookup. */
  private void remember(long relativeOffset, int position) {
    int slot = nextHint;
    nextHint = (slot + 1) % HINTS;
    hints.setRelease(slot, BatchMarks.pack(relativeOffset, position));
  }

  // ---- indexes found on disk ----

  /** Looks at indexes from before this start once, and makes anew what cannot be right. */
  private void checkIndexes() throws IOException {
    if (!indexesChecked) {
      rebuild(false);
    }
  }

  private synchronized void rebuild(boolean distrusted) throws IOException {
    if (indexesChecked) {
      return;
    }
    // Where the writer is appending, the indexes are its own: there, readers only walk.
    if (marks == null && (distrusted || !indexesSane())) {
      LOG.info("{}: making the indexes anew", file.path());
      SegmentRebuild.scan(this, Long.MAX_VALUE, REBUILD_INTERVAL, null).install(this);
    }
    indexesChecked = true;
  }

  private boolean indexesSane() throws IOException {
    int size = size();
    if (offsets.entries() < 0 || times.entries() < 0) {
      return false;
    }
    if (size > INDEX_EXPECTED_ABOVE && (offsets.entries() == 0 || times.entries() == 0)) {
      return false;
    }
    IndexFile.Entry last = offsets.last();
    IndexFile.Entry lastTime = times.last();
    long span = tail >>> 32;
    return (last == null || (last.value < size && last.value >= 0 && last.key < span))
        && (lastTime == null || (lastTime.value >= 0 && lastTime.value < span));
  }

  /** Takes freshly built indexes into use. */
  void replaceIndexes(IndexFile newOffsets, IndexFile newTimes, long max, long maxOffset) {
    offsets = newOffsets;
    times = newTimes;
    maxTimestamp = max;
    offsetOfMaxTimestamp = maxOffset;
    indexesChecked = true;
  }

  Path indexPath(String suffix) {
    return file.path().resolveSibling(FileNames.of(baseOffset, suffix));
  }

  // ---- removal ----

  /** Renames the files to {@code .deleted}; open slices stay readable. Returns the new paths. */
  public List<Path> markDeleted() throws IOException {
    Path directory = file.path().getParent();
    file.renameTo(directory.resolve(FileNames.of(baseOffset, FileNames.LOG) + FileNames.DELETED));
    offsets.renameTo(sibling(directory, FileNames.OFFSET_INDEX));
    times.renameTo(sibling(directory, FileNames.TIME_INDEX));
    return List.of(file.path(), offsets.path(), times.path());
  }

  private Path sibling(Path directory, String suffix) {
    return directory.resolve(FileNames.of(baseOffset, suffix) + FileNames.DELETED);
  }

  /** The directory was renamed. */
  public void movedTo(Path directory) {
    file.movedTo(directory);
    offsets.movedTo(directory);
    times.movedTo(directory);
  }

  /** Gives up the log's reference to the file. */
  public void release() {
    file.release();
  }

  @Override
  public String toString() {
    return "segment["
        + directoryAtStart
        + "/"
        + baseOffset
        + ".."
        + nextOffset()
        + ", bytes "
        + size()
        + "]";
  }
}
