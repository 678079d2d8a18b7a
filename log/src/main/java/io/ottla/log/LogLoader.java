package io.ottla.log;

import io.ottla.log.batch.BatchHeader;
import io.ottla.log.segment.BatchScanner;
import io.ottla.log.segment.FileNames;
import io.ottla.log.segment.Segment;
import io.ottla.log.segment.SegmentRebuild;
import io.ottla.log.segment.SegmentSet;
import io.ottla.log.state.CorruptCheckpointException;
import io.ottla.log.state.PartitionMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a log's state up from its directory. After a clean shutdown nothing is scanned: sizes, the
 * last index entry and one producer snapshot tell everything. Otherwise the segments from the
 * recovery point on are walked - checksums from the recovery point, headers before it - their
 * indexes made anew, and the log is cut at the first byte that is not a right batch; later segments
 * go. Used once, by one thread.
 */
final class LogLoader {
  private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

  /**
   * What the directory knows of the log.
   *
   * @param fresh the directory was made just now: there is nothing to look for
   * @param clean the last run ended with a clean shutdown
   * @param recoveryPoint from the checkpoint, if there was one
   * @param startOffset from the checkpoint, if there was one
   */
  record Known(
      boolean fresh, boolean clean, OptionalLong recoveryPoint, OptionalLong startOffset) {}

  private final LogState log;
  private final Known known;
  private boolean doubtful;
  private boolean epochsLost;
  private boolean epochsChanged;

  LogLoader(LogState log, Known known) {
    this.log = log;
    this.known = known;
  }

  /** Whether the tail was cut, or something that says how far the log is trusted was missing. */
  boolean doubtful() {
    return doubtful;
  }

  void load() throws IOException {
    PartitionFiles files = PartitionFiles.NONE;
    if (!known.fresh()) {
      files = PartitionFiles.scan(log.directory);
      loadTopicId();
      loadEpochs();
    }
    List<Segment> segments = openSegments(files);
    long checkpointedStart = known.startOffset().orElse(0);
    if (!segments.isEmpty() && log.context.checkpointsMissing()) {
      doubtful = true;
    }
    boolean recover =
        !known.clean() || (!segments.isEmpty() && !segments.get(segments.size() - 1).findEnd());
    if (recover && known.clean()) {
      LOG.warn("{}: the last segment does not end with a whole batch; recovering", log.name);
    }
    if (recover) {
      recoverSegments(segments);
    }
    if (segments.isEmpty()) {
      segments.add(Segment.create(log.directory, checkpointedStart, log.context.nowMs()));
      log.flusher.identityChanged();
    }
    install(segments, checkpointedStart);
    if (epochsLost) {
      rebuildEpochs();
    } else if (recover) {
      // Above the end only: an epoch that starts at the end had a leader, if no record yet.
      log.epochs.truncateFromEnd(log.endOffset + 1);
    }
    startFlusher(recover);
    files.snapshots().forEach(log.snapshots::found);
    log.snapshots.removeAbove(log.endOffset);
    if (log.hasNoRecords()) {
      log.snapshots.removeAll();
    } else {
      ProducerReplay.reload(log);
    }
  }

  private void startFlusher(boolean recovered) {
    if (known.recoveryPoint().isEmpty()) {
      log.flusher.startAt(recovered ? log.startOffset : log.endOffset);
      return;
    }
    long recoveryPoint = known.recoveryPoint().getAsLong();
    if (recoveryPoint > log.endOffset) {
      LOG.warn(
          "{}: offsets {} to {} had been made durable and are gone",
          log.name,
          log.endOffset,
          recoveryPoint);
      doubtful = true;
    }
    log.flusher.startAt(Math.min(recoveryPoint, log.endOffset));
  }

  private void loadTopicId() throws IOException {
    try {
      log.topicId = PartitionMetadata.read(log.directory).orElse(null);
    } catch (CorruptCheckpointException e) {
      LOG.warn("{}: the topic id is unreadable and taken as unknown: {}", log.name, e.getMessage());
      doubtful = true;
    }
  }

  private void loadEpochs() throws IOException {
    try {
      log.epochs.load();
      epochsLost = log.epochs.isEmpty();
    } catch (CorruptCheckpointException e) {
      LOG.warn("{}: rebuilding the leader epochs from the batches: {}", log.name, e.getMessage());
      log.epochs.clear();
      epochsLost = true;
    }
  }

  private List<Segment> openSegments(PartitionFiles files) throws IOException {
    List<Segment> segments = new ArrayList<>();
    List<Long> bases = new ArrayList<>(files.logs());
    for (int i = 0; i < bases.size(); i++) {
      long base = bases.get(i);
      Path path = log.directory.resolve(FileNames.of(base, FileNames.LOG));
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (attributes.size() > Integer.MAX_VALUE) {
        throw new IOException(path + " has " + attributes.size() + " bytes, more than 2^31-1");
      }
      boolean last = i == bases.size() - 1;
      long next = last ? base + Integer.MAX_VALUE : bases.get(i + 1);
      segments.add(
          Segment.load(
              log.directory,
              base,
              (int) attributes.size(),
              next,
              attributes.lastModifiedTime().toMillis()));
    }
    return segments;
  }

  /** Recovers in place and drops what follows the first bad byte. */
  private void recoverSegments(List<Segment> segments) throws IOException {
    long recoveryPoint = known.recoveryPoint().orElse(0);
    SegmentRebuild.Visitor epochs = this::noteEpoch;
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      boolean last = i == segments.size() - 1;
      // The segment that ends at the recovery point: its data is safe, its indexes may not be.
      if (!last && segments.get(i + 1).baseOffset() < recoveryPoint) {
        continue;
      }
      SegmentRebuild rebuilt =
          SegmentRebuild.scan(
              segment, recoveryPoint, log.config.indexIntervalBytes(), epochsLost ? null : epochs);
      int lost = segment.size() - rebuilt.validBytes();
      rebuilt.cut(segment);
      boolean overlaps = !last && rebuilt.nextOffset() > segments.get(i + 1).baseOffset();
      if (lost > 0 || overlaps) {
        doubtful = true;
        LOG.warn(
            "{}: cut {} bytes behind offset {} of segment {} and {} segments after it",
            log.name,
            lost,
            rebuilt.nextOffset(),
            segment.baseOffset(),
            segments.size() - 1 - i);
        drop(segments.subList(i + 1, segments.size()));
        log.flusher.namesChanged();
        return;
      }
    }
  }

  private void noteEpoch(BatchHeader header, int position) {
    if (header.leaderEpoch() > log.epochs.latest()) {
      log.epochs.note(header.leaderEpoch(), header.baseOffset());
      epochsChanged = true;
    }
  }

  private void drop(List<Segment> segments) throws IOException {
    for (Segment segment : segments) {
      log.context.removeLater(segment.markDeleted(), 0);
      segment.release();
    }
    segments.clear();
  }

  private void install(List<Segment> segments, long checkpointedStart) throws IOException {
    Segment last = segments.get(segments.size() - 1);
    if (last.nextOffset() < checkpointedStart) {
      LOG.warn(
          "{}: ends at offset {}, below its start offset {}; starting empty there",
          log.name,
          last.nextOffset(),
          checkpointedStart);
      doubtful = true;
      drop(segments);
      segments.add(Segment.create(log.directory, checkpointedStart, log.context.nowMs()));
      log.epochs.clearAndPersist();
      epochsLost = false;
    }
    log.segments = SegmentSet.of(segments);
    log.startOffset = Math.max(checkpointedStart, segments.get(0).baseOffset());
    log.endOffset = log.segments.active().nextOffset();
    if (epochsChanged) {
      log.epochs.persist();
    }
  }

  /** Reads every batch header: only after the epochs' file was lost. */
  private void rebuildEpochs() throws IOException {
    for (Segment segment : log.segments.asList()) {
      if (segment.isEmpty()) {
        continue;
      }
      BatchScanner scanner =
          new BatchScanner(segment.file(), 0, segment.size(), BatchScanner.SCAN_CHUNK);
      while (scanner.next()) {
        noteEpoch(scanner.header(), scanner.position());
      }
    }
    if (!log.epochs.isEmpty()) {
      log.epochs.persist();
    }
  }

  /** Names found in a partition directory, after leftovers were cleared away. */
  record PartitionFiles(List<Long> logs, Set<Long> snapshots) {
    static final PartitionFiles NONE = new PartitionFiles(List.of(), Set.of());

    static PartitionFiles scan(Path directory) throws IOException {
      List<Path> all;
      try (var listing = Files.list(directory)) {
        all = listing.toList();
      }
      Set<Long> logs = new HashSet<>();
      Set<Long> snapshots = new HashSet<>();
      List<Path> indexes = new ArrayList<>();
      SwapFiles swaps = new SwapFiles();
      for (Path path : all) {
        String name = path.getFileName().toString();
        if (isLeftover(name)) {
          swaps.sawLeftover(name);
          Files.delete(path);
        } else if (name.endsWith(FileNames.SWAP)) {
          swaps.add(path);
        } else if (name.endsWith(FileNames.LOG)) {
          FileNames.offset(name, FileNames.LOG).ifPresent(logs::add);
        } else if (name.endsWith(FileNames.SNAPSHOT)) {
          FileNames.offset(name, FileNames.SNAPSHOT).ifPresent(snapshots::add);
        } else if (name.endsWith("index")) {
          indexes.add(path);
        }
      }
      swaps.finish(directory, logs);
      for (Path index : indexes) {
        String name = index.getFileName().toString();
        String base = name.substring(0, name.indexOf('.'));
        OptionalLong offset = FileNames.offset(base + FileNames.LOG, FileNames.LOG);
        if (offset.isPresent() && !logs.contains(offset.getAsLong())) {
          Files.deleteIfExists(index);
        }
      }
      return new PartitionFiles(
          logs.stream().sorted().collect(Collectors.toCollection(ArrayList::new)), snapshots);
    }

    private static boolean isLeftover(String name) {
      return name.endsWith(FileNames.DELETED)
          || name.endsWith(FileNames.CLEANED)
          || name.endsWith(".tmp")
          || name.endsWith(".rebuild");
    }
  }
}
