package io.ottla.log;

import io.ottla.log.segment.Segment;
import io.ottla.log.state.PartitionMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One replica's log in one directory.
 *
 * <p>"Guarded" methods change the log; their caller holds the lock of the owner (the partition), so
 * at most one runs at a time. Everything else is safe from any thread and takes no lock: readers
 * see an immutable set of segments which the writer swaps.
 *
 * <p>Always true: {@code startOffset <= endOffset}; {@code recoveryPoint <= endOffset}; batches up
 * to the recovery point are on disk; offsets are never reused except after a truncation; leader
 * epochs never decrease along the log. Disk errors surface as {@link UncheckedIOException}; one
 * that leaves the files in doubt also takes the {@link LogDirectory} out of service, one that does
 * not (a full disk on append) changes nothing.
 *
 * <p>Never interrupt a thread that uses a log: an interrupt inside a {@code FileChannel} closes it.
 * Closed by its {@link LogDirectory}.
 */
public final class PartitionLog implements AutoCloseable {
  private final LogState log;
  private final BatchValidator validator;
  private final LogWriter writer;
  private final LogTrimmer trimmer;
  private final LogReader reader;
  private final boolean recoveredUncleanly;

  private PartitionLog(LogState log, boolean recoveredUncleanly) {
    this.log = log;
    this.recoveredUncleanly = recoveredUncleanly;
    this.validator = new BatchValidator(log.name, log.context.options().maxDecompressedBytes());
    this.writer = new LogWriter(log);
    this.trimmer = new LogTrimmer(log, writer);
    this.reader = new LogReader(log);
  }

  /** Loads the log of an existing directory, recovering it when needed. */
  static PartitionLog load(
      String name, Path directory, LogConfig config, LogContext context, LogLoader.Known known)
      throws IOException {
    LogState state = new LogState(name, directory, config, context);
    LogLoader loader = new LogLoader(state, known);
    loader.load();
    return new PartitionLog(state, loader.doubtful());
  }

  /** {@code topic-partition}. */
  public String name() {
    return log.name;
  }

  public Path directory() {
    return log.directory;
  }

  public LogConfig config() {
    return log.config;
  }

  /** Takes effect from the next append, roll or retention pass. */
  public void updateConfig(LogConfig config) {
    log.config = config;
  }

  /** The id of the topic this directory belongs to, 22 characters of base64, if it has one. */
  public Optional<String> topicId() {
    return Optional.ofNullable(log.topicId);
  }

  /**
   * Guarded. Writes the topic id, once.
   *
   * @throws IllegalStateException when the directory belongs to another topic id
   */
  public void assignTopicId(String topicId) {
    if (!PartitionMetadata.isTopicId(topicId)) {
      throw new IllegalArgumentException(
          log.name + ": topic id '" + topicId + "' is not 22 characters of URL-safe base64");
    }
    String present = log.topicId;
    if (topicId.equals(present)) {
      return;
    }
    if (present != null) {
      throw new IllegalStateException(
          log.directory + " belongs to topic id " + present + ", not " + topicId);
    }
    log.checkWritable();
    try {
      PartitionMetadata.write(log.directory, topicId);
    } catch (IOException e) {
      throw log.fail("writing the topic id", e);
    }
    log.topicId = topicId;
    log.flusher.identityChanged();
  }

  /** First offset a reader may ask for. */
  public long startOffset() {
    return log.startOffset;
  }

  /** Offset the next record gets. */
  public long endOffset() {
    return log.endOffset;
  }

  /** Everything below is on disk. */
  public long recoveryPoint() {
    return log.flusher.recoveryPoint();
  }

  /** Bytes of all batches, without indexes and removed segments. */
  public long sizeInBytes() {
    return log.segments.sizeInBytes();
  }

  public int segmentCount() {
    return log.segments.count();
  }

  /** The newest leader epoch, -1 when none is known. */
  public int latestEpoch() {
    return log.epochs.latest();
  }

  /** Where {@code epoch} starts, -1 when it is not in the log. */
  public long startOffsetOfEpoch(int epoch) {
    return log.epochs.startOffset(epoch);
  }

  /**
   * Guarded. Notes that {@code epoch} starts at {@code startOffset}; repeating it changes nothing.
   * On disk before it returns, except while the log has no record at all: then there is nothing to
   * tell apart, the entry is written before the first batch and forced with it, and every batch
   * carries the epoch for recovery. That saves two fsyncs for each partition of a new topic.
   *
   * @throws IllegalStateException when a newer epoch is known
   */
  public void assignEpoch(int epoch, long startOffset) {
    log.checkWritable();
    if (epoch < 0 || startOffset < 0) {
      throw new IllegalArgumentException(
          log.name + ": epoch " + epoch + " at offset " + startOffset);
    }
    try {
      log.epochs.assign(epoch, startOffset, log.hasNoRecords());
    } catch (IOException e) {
      throw log.fail("writing leader epoch " + epoch, e);
    }
  }

  /** Where {@code epoch} ends, or the largest known epoch below it. */
  public EpochEnd endOffsetFor(int epoch) {
    return log.epochs.endOffset(epoch, log.endOffset);
  }

  /**
   * The checks of a client's batch that need no lock: exactly one batch, sizes, magic, checksum,
   * counts, timestamps, keys when the topic is compacted. Copies nothing; {@code records} must be
   * writable and big endian and is looked at from its position to its limit, which stay.
   *
   * @param nowMs wall clock
   */
  public ValidatedBatch validate(ByteBuffer records, long nowMs) throws BatchRejectedException {
    return validator.validate(records, log.config, nowMs);
  }

  /**
   * Guarded. Appends a client's batch as leader: producer state, base offset and epoch stamped in
   * place, roll, write. A batch the producer sent before is answered with its original offsets.
   *
   * @throws IllegalStateException when {@code leaderEpoch} is below the newest in the log
   */
  public AppendResult append(ValidatedBatch batch, int leaderEpoch) throws BatchRejectedException {
    return writer.append(batch, leaderEpoch);
  }

  /**
   * Guarded. Appends whole batches this broker made itself, control batches included, stamping them
   * in place. Batches of producers, markers too, are checked against the producer state.
   */
  public AppendResult appendInternal(ByteBuffer records, int leaderEpoch)
      throws BatchRejectedException {
    return writer.appendInternal(records, leaderEpoch);
  }

  /**
   * Guarded. Appends a leader's batches as they are. All are checked before any is written; a batch
   * cut at the end of the buffer is left out. Offsets must continue the log; they may jump upward,
   * as after compaction.
   *
   * @throws IllegalStateException when leader epochs decrease
   */
  public FollowerAppend appendAsFollower(ByteBuffer records) throws BatchRejectedException {
    return writer.appendAsFollower(records);
  }

  /**
   * A run of whole batches in one segment, the first being the one that holds {@code offset} or
   * follows it; possibly empty. No batch that holds or follows {@code endExclusive} is in it.
   *
   * @param maxBytes most bytes, but see {@code atLeastOneBatch}
   * @param atLeastOneBatch a first batch larger than {@code maxBytes} is returned alone
   * @throws OffsetOutOfRangeException below the start or above the end
   */
  public LogSlice read(long offset, int maxBytes, long endExclusive, boolean atLeastOneBatch) {
    return reader.read(offset, maxBytes, endExclusive, atLeastOneBatch);
  }

  /**
   * The first record below {@code endExclusive} with a timestamp at or after {@code timestampMs}.
   */
  public Optional<TimestampOffset> offsetForTimestamp(long timestampMs, long endExclusive) {
    return reader.firstAtOrAfter(timestampMs, endExclusive);
  }

  /** The first record with the largest timestamp below {@code endExclusive}. */
  public Optional<TimestampOffset> offsetOfMaxTimestamp(long endExclusive) {
    return reader.maxTimestamp(endExclusive);
  }

  /**
   * Guarded. Drops every record at or above {@code offset}, with its leader epochs and producer
   * state. A batch that holds {@code offset} goes as a whole, so the end may become lower than
   * asked for; at or above the end only epochs that start there go. Below the start everything
   * goes.
   */
  public void truncateTo(long offset) {
    trimmer.truncateTo(offset);
  }

  /** Guarded. Drops everything; the log starts and ends at {@code offset}. */
  public void truncateFullyAndStartAt(long offset) {
    trimmer.truncateFullyAndStartAt(offset);
  }

  /**
   * Guarded. Moves the start up; segments below it go with the next retention pass.
   *
   * @return false when {@code offset} is not above the start
   * @throws IllegalArgumentException above the end
   */
  public boolean advanceStartOffset(long offset) {
    return trimmer.advanceStartOffset(offset);
  }

  /**
   * Guarded. Removes the oldest whole segments that lie before the start or are past the topic's
   * limits of size and age, never one that reaches above {@code highWatermark}. The files go with
   * {@link LogDirectory#deleteExpiredFiles}.
   */
  public RetentionResult applyRetention(long nowMs, long highWatermark) {
    return trimmer.applyRetention(nowMs, highWatermark);
  }

  /** Guarded. Starts a new segment when the active one is older than segment.ms. */
  public void rollIfDue(long nowMs) {
    writer.rollIfDue(nowMs);
  }

  /**
   * Makes everything appended before the call durable and moves the recovery point.
   *
   * @throws IOException when the disk failed: the directory is then out of service, do not retry
   */
  public void flush() throws IOException {
    log.flusher.flush();
  }

  /** Flushes when flush.ms have passed since the last time. */
  public void flushIfDue(long nowMs) throws IOException {
    if (nowMs - log.flusher.lastFlushMs() >= log.config.flushMs()) {
      log.flusher.flush();
    }
  }

  /** The producers remembered here, for DescribeProducers. */
  public List<ProducerStateView> activeProducers() {
    return log.producers.views();
  }

  public int producerCount() {
    return log.producers.count();
  }

  /** First offset of the oldest open transaction, if one is open. */
  public OptionalLong firstOpenTransactionOffset() {
    long first = log.producers.firstOpenTransaction();
    return first < 0 ? OptionalLong.empty() : OptionalLong.of(first);
  }

  /** Guarded. Forgets producers idle for longer than the directory's limit. */
  public void expireProducers(long nowMs) {
    log.producers.expire(nowMs, log.context.options().producerIdExpirationMs());
  }

  boolean recoveredUncleanly() {
    return recoveredUncleanly;
  }

  /**
   * Guarded. Writes indexes and producers out, flushes and gives up the files; a log whose disk
   * failed only gives them up. Slices stay readable.
   */
  @Override
  public void close() {
    if (log.closed) {
      return;
    }
    try {
      if (!log.hasFailed()) {
        writeOut();
      }
    } catch (IOException e) {
      throw log.fail("closing", e);
    } finally {
      abandon();
    }
  }

  private void writeOut() throws IOException {
    Segment active = log.segments.active();
    boolean unflushed = log.endOffset > log.flusher.recoveryPoint();
    active.seal();
    log.epochs.write();
    if (!log.hasNoRecords() || !log.producers.isEmpty()) {
      log.snapshots.write(log.producers, log.endOffset);
      log.snapshots.keepOnly(
          log.segments.asList().stream()
              .map(Segment::baseOffset)
              .collect(java.util.stream.Collectors.toSet()));
    }
    if (unflushed) {
      active.force();
      log.flusher.flush();
    }
  }

  /** Gives up the files and writes nothing. */
  void abandon() {
    if (!log.closed) {
      log.closed = true;
      for (Segment segment : log.segments.asList()) {
        segment.release();
      }
    }
  }

  /** The directory was renamed; open slices follow. */
  void movedTo(Path directory) {
    log.directory = directory;
    log.epochs.movedTo(directory);
    log.snapshots.movedTo(directory);
    for (Segment segment : log.segments.asList()) {
      segment.movedTo(directory);
    }
  }

  @Override
  public String toString() {
    return log.name + "[" + startOffset() + ".." + endOffset() + "]";
  }
}
