package io.ottla.log.segment;

import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One segment: batches back to back in a {@code .log} file and its two indexes.
 *
 * <p>Always true: {@code base <= every offset in it < nextOffset}; the file holds whole batches up
 * to {@code size}; both are published together, last, so a reader that bounds itself by them sees
 * complete batches. The log's writer alone calls what changes it; every lookup is safe from any
 * thread without locks. Offsets inside are relative to the base and fit 31 bits.
 *
 * <p>What the indexes answer is checked by {@link SegmentIndexes} before it is used.
 */
public final class Segment {
  private static final long MAX_RELATIVE = 0xFFFF_FFFFL;
  private static final int HINTS = 8;

  private final long baseOffset;
  private final SegmentFile file;
  private final Path directoryAtStart;
  private final long createdMs;
  private final SegmentIndexes indexes;

  /** {@code nextOffset - base} in the upper half, file size in the lower: read in one piece. */
  private volatile long tail;

  private volatile BatchMarks marks;
  private final AtomicLongArray hints = new AtomicLongArray(HINTS);
  private volatile int nextHint;

  // -2: not looked up yet; -1: the first batch has no timestamp.
  private volatile long firstTimestamp = -2;

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
    this.createdMs = createdMs;
    this.indexes = new SegmentIndexes(this, offsets, times, maxTimestamp, size == 0);
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
        IndexFile.offsets(offsets, SegmentIndexes.usableEntries(offsets, 8)),
        IndexFile.times(times, SegmentIndexes.usableEntries(times, 12)),
        size == 0 ? baseOffset : nextOffset,
        size,
        size == 0 ? -1 : -2,
        modifiedMs);
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
    IndexFile.Entry last = indexes.lastOffset();
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
    return indexes.maxTimestamp();
  }

  // ---- writing: the log's writer only ----

  /** Whether a batch ending at {@code lastOffset} still has a relative offset here. */
  public boolean canHold(long lastOffset) {
    return lastOffset - baseOffset <= Integer.MAX_VALUE - 1;
  }

  /** Whether one of the indexes has no room for another entry. */
  public boolean indexesFull(int maxIndexBytes) {
    return indexes.isFull(maxIndexBytes);
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
    BatchMarks recent = marks;
    if (recent == null) {
      indexes.takeOver();
      recent = new BatchMarks();
      marks = recent;
    }
    if (position == 0) {
      firstTimestamp = batch.maxTimestamp();
    }
    indexes.note(batch, position, intervalBytes);
    recent.add(batch.baseOffset() - baseOffset, position);
  }

  /** Makes what was written visible to readers. */
  public void published(long nextOffset, int size) {
    publish(nextOffset, size);
  }

  private void publish(long nextOffset, int size) {
    tail = Math.min(nextOffset - baseOffset, MAX_RELATIVE) << 32 | size;
  }

  /**
   * Writes the indexes out: at a roll and at a close. The segment may be appended to afterwards.
   */
  public void seal() throws IOException {
    indexes.seal();
  }

  /** Makes batches and, where it is on file, indexes durable. */
  public void force() throws IOException {
    file.force();
    indexes.force();
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
    indexes.check();
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
            indexes.offsetsBelow(next - baseOffset, size),
            indexes.timesBelow(next - baseOffset),
            next,
            size,
            max,
            createdMs);
    cut.indexes.cutAt(maxOffset);
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
      IndexFile.Entry entry = indexes.floorOffset(relative);
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
    IndexFile.Entry entry = indexes.floorPosition(limit);
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
    IndexFile.Entry entry = indexes.floorTime(timestamp);
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
    long relative = endExclusive - 1 - baseOffset;
    IndexFile.Entry entry =
        relative < 0 ? null : indexes.floorTimeOffset((int) Math.min(relative, Integer.MAX_VALUE));
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

  SegmentIndexes indexes() {
    return indexes;
  }

  /** Upper bound of relative offsets, exclusive. */
  long span() {
    return tail >>> 32;
  }

  Path indexPath(String suffix) {
    return file.path().resolveSibling(FileNames.of(baseOffset, suffix));
  }

  // ---- removal ----

  /** Renames the files to {@code .deleted}; open slices stay readable. Returns the new paths. */
  public List<Path> markDeleted() throws IOException {
    Path directory = file.path().getParent();
    file.renameTo(directory.resolve(FileNames.of(baseOffset, FileNames.LOG) + FileNames.DELETED));
    indexes.renameTo(
        sibling(directory, FileNames.OFFSET_INDEX), sibling(directory, FileNames.TIME_INDEX));
    return List.of(file.path(), indexes.offsetsPath(), indexes.timesPath());
  }

  private Path sibling(Path directory, String suffix) {
    return directory.resolve(FileNames.of(baseOffset, suffix) + FileNames.DELETED);
  }

  /** The directory was renamed. */
  public void movedTo(Path directory) {
    file.movedTo(directory);
    indexes.movedTo(directory);
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
