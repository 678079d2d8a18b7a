package io.ottla.log.segment;

import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads a segment from its first byte, makes its indexes anew beside the old ones and finds the
 * first byte that is not part of a whole, right batch.
 */
public final class SegmentRebuild {
  private static final String TEMPORARY = ".rebuild";

  /** Sees every good batch in order. Must not scan another segment. */
  public interface Visitor {
    void visit(BatchHeader header, int position) throws IOException;
  }

  private final IndexFile offsets;
  private final IndexFile times;
  private final long baseOffset;
  private long nextOffset;
  private int validBytes;
  private long maxTimestamp = -1;
  private long offsetOfMaxTimestamp = -1;

  private SegmentRebuild(Segment segment) throws IOException {
    baseOffset = segment.baseOffset();
    nextOffset = baseOffset;
    offsets = IndexFile.offsets(fresh(segment.indexPath(FileNames.OFFSET_INDEX)), 0);
    times = IndexFile.times(fresh(segment.indexPath(FileNames.TIME_INDEX)), 0);
  }

  private static Path fresh(Path index) throws IOException {
    Path temporary = index.resolveSibling(index.getFileName() + TEMPORARY);
    Files.deleteIfExists(temporary);
    return temporary;
  }

  /**
   * Walks {@code segment} up to its size.
   *
   * @param verifyFrom checksums are computed for batches that end at or after this offset
   * @param intervalBytes bytes between index entries
   * @param visitor may be null
   */
  public static SegmentRebuild scan(
      Segment segment, long verifyFrom, int intervalBytes, Visitor visitor) throws IOException {
    SegmentRebuild result = new SegmentRebuild(segment);
    BatchScanner scanner =
        new BatchScanner(segment.file(), 0, segment.size(), BatchScanner.SCAN_CHUNK);
    int sinceEntry = 0;
    while (scanner.next()) {
      BatchHeader header = scanner.header();
      boolean inOrder =
          header.baseOffset() >= result.nextOffset && segment.canHold(header.lastOffset());
      if (!inOrder || (header.lastOffset() >= verifyFrom && !scanner.crcMatches())) {
        break;
      }
      if (header.maxTimestamp() > result.maxTimestamp) {
        result.maxTimestamp = header.maxTimestamp();
        result.offsetOfMaxTimestamp = header.lastOffset();
      }
      if (sinceEntry > intervalBytes) {
        result.offsets.append(header.lastOffset() - result.baseOffset, scanner.position());
        result.appendTime();
        sinceEntry = 0;
      }
      sinceEntry += header.sizeInBytes();
      result.nextOffset = header.nextOffset();
      result.validBytes = scanner.position() + header.sizeInBytes();
      if (visitor != null) {
        visitor.visit(header, scanner.position());
      }
    }
    result.appendTime();
    return result;
  }

  private void appendTime() throws IOException {
    IndexFile.Entry last = times.last();
    if (offsetOfMaxTimestamp >= 0 && (last == null || maxTimestamp > last.key)) {
      times.append(maxTimestamp, (int) (offsetOfMaxTimestamp - baseOffset));
    }
  }

  /** Bytes up to the first bad one. */
  public int validBytes() {
    return validBytes;
  }

  /** First offset after the last good batch. */
  public long nextOffset() {
    return nextOffset;
  }

  /** Puts the new indexes in the place of the segment's. */
  public void install(Segment segment) throws IOException {
    put(offsets, segment.indexPath(FileNames.OFFSET_INDEX));
    put(times, segment.indexPath(FileNames.TIME_INDEX));
    segment.indexes().replace(offsets, times, maxTimestamp, offsetOfMaxTimestamp);
  }

  private static void put(IndexFile index, Path target) throws IOException {
    index.seal();
    if (index.entries() == 0) {
      Files.deleteIfExists(target);
      Files.deleteIfExists(index.path());
    }
    index.renameTo(target);
  }

  /** Cuts the file behind the last good batch and returns the segment as it then is. */
  public Segment cut(Segment segment) throws IOException {
    if (validBytes < segment.size()) {
      segment.file().truncate(validBytes);
    }
    install(segment);
    segment.published(nextOffset, validBytes);
    return segment;
  }
}
