package io.ottla.log;

import io.ottla.log.segment.BatchScanner;
import io.ottla.log.segment.FileNames;
import io.ottla.log.segment.SegmentFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finishes or takes back a compaction that a crash interrupted: a {@code .swap} segment is complete
 * and replaces the segments whose offsets it covers, unless {@code .cleaned} files at or below its
 * base show that its set was still being written.
 */
final class SwapFiles {
  private final Map<Long, Path> logs = new TreeMap<>();
  private final java.util.List<Path> all = new java.util.ArrayList<>();
  private long lowestCleaned = Long.MAX_VALUE;

  void sawLeftover(String name) {
    if (name.endsWith(FileNames.CLEANED)) {
      FileNames.offset(name, FileNames.LOG + FileNames.CLEANED)
          .ifPresent(base -> lowestCleaned = Math.min(lowestCleaned, base));
    }
  }

  void add(Path path) {
    all.add(path);
    FileNames.offset(path.getFileName().toString(), FileNames.LOG + FileNames.SWAP)
        .ifPresent(base -> logs.put(base, path));
  }

  /** Renames or deletes; {@code bases} becomes the set of segments there are. */
  void finish(Path directory, Set<Long> bases) throws IOException {
    if (all.isEmpty()) {
      return;
    }
    for (Map.Entry<Long, Path> swap : logs.entrySet()) {
      if (swap.getKey() >= lowestCleaned) {
        continue;
      }
      long next = nextOffset(swap.getKey(), swap.getValue());
      for (long base : Set.copyOf(bases)) {
        if (base >= swap.getKey() && base < next) {
          deleteSegment(directory, base);
          bases.remove(base);
        }
      }
      Files.move(
          swap.getValue(),
          directory.resolve(FileNames.of(swap.getKey(), FileNames.LOG)),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      bases.add(swap.getKey());
    }
    for (Path path : all) {
      // Indexes of swapped segments are made anew.
      Files.deleteIfExists(path);
    }
  }

  private static long nextOffset(long base, Path path) throws IOException {
    SegmentFile file = SegmentFile.existing(path);
    try {
      BatchScanner scanner = new BatchScanner(file, 0, Files.size(path), BatchScanner.SCAN_CHUNK);
      long next = base + 1;
      while (scanner.next()) {
        next = scanner.header().nextOffset();
      }
      return next;
    } finally {
      file.release();
    }
  }

  private static void deleteSegment(Path directory, long base) throws IOException {
    for (String suffix :
        new String[] {
          FileNames.LOG, FileNames.OFFSET_INDEX, FileNames.TIME_INDEX, FileNames.TXN_INDEX
        }) {
      Files.deleteIfExists(directory.resolve(FileNames.of(base, suffix)));
    }
  }
}
