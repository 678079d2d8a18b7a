package io.ottla.log;

import io.ottla.log.BatchRejectedException.Reason;
import io.ottla.log.batch.BatchCursor;
import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.CorruptBatchException;
import io.ottla.log.batch.EndTransactionMarker;
import io.ottla.log.segment.Segment;
import io.ottla.log.segment.UncutWriteException;
import io.ottla.log.state.ProducerStates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Appends and rolls. Every method runs under the owner's lock. A write that fails and can be cut
 * off again (a full disk) leaves the log as it was and usable; one that cannot takes it out of
 * service.
 */
final class LogWriter {
  private final LogState log;
  // Both belong to the lock's holder: one append at a time.
  private final BatchHeader header = new BatchHeader();

  LogWriter(LogState log) {
    this.log = log;
  }

  AppendResult append(ValidatedBatch batch, int leaderEpoch) throws BatchRejectedException {
    log.checkWritable();
    ByteBuffer buffer = batch.buffer();
    header.wrap(buffer, 0);
    if (header.producerId() >= 0) {
      ProducerStates.Verdict verdict = log.producers.check(header);
      if (verdict.isDuplicate()) {
        return duplicate(verdict);
      }
    }
    long base = log.endOffset;
    header.baseOffset(base);
    header.leaderEpoch(leaderEpoch);
    long appendTime = -1;
    if (log.config.timestampType() == TimestampType.LOG_APPEND_TIME) {
      appendTime = batch.nowMs();
      header.stampLogAppendTime(appendTime);
    }
    int size = header.sizeInBytes();
    long last = header.lastOffset();
    long maxTimestamp = header.maxTimestamp();
    int records = header.recordCount();
    noteEpoch(leaderEpoch, base);
    writeAll(buffer, 0, size);
    return new AppendResult(base, last, appendTime, maxTimestamp, records, size, false);
  }

  AppendResult appendInternal(ByteBuffer batches, int leaderEpoch) throws BatchRejectedException {
    log.checkWritable();
    int from = batches.position();
    long base = log.endOffset;
    long next = base;
    long maxTimestamp = -1;
    int records = 0;
    try {
      BatchCursor cursor = new BatchCursor(batches);
      while (cursor.next()) {
        Optional<AppendResult> duplicate = checkInternal(batches, cursor);
        if (duplicate.isPresent()) {
          return duplicate.get();
        }
        BatchHeader batch = cursor.header();
        batch.baseOffset(next);
        batch.leaderEpoch(leaderEpoch);
        next = batch.nextOffset();
        maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
        records += batch.recordCount();
      }
      if (cursor.end() != batches.limit() || cursor.end() == from) {
        throw new BatchRejectedException(
            Reason.CORRUPT, log.name + ": internal append of bytes that are no whole batches");
      }
    } catch (CorruptBatchException e) {
      throw new BatchRejectedException(Reason.CORRUPT, log.name + ": " + e.getMessage());
    }
    noteEpoch(leaderEpoch, base);
    int bytes = batches.limit() - from;
    writeAll(batches, from, batches.limit());
    return new AppendResult(base, next - 1, -1, maxTimestamp, records, bytes, false);
  }

  private Optional<AppendResult> checkInternal(ByteBuffer batches, BatchCursor cursor)
      throws BatchRejectedException {
    BatchHeader batch = cursor.header();
    if (batch.producerId() < 0) {
      return Optional.empty();
    }
    if (batch.isControl()) {
      Optional<EndTransactionMarker> marker = EndTransactionMarker.read(batches, cursor.position());
      if (marker.isPresent()) {
        log.producers.checkMarker(batch, marker.get());
      }
      return Optional.empty();
    }
    ProducerStates.Verdict verdict = log.producers.check(batch);
    return verdict.isDuplicate() ? Optional.of(duplicate(verdict)) : Optional.empty();
  }

  FollowerAppend appendAsFollower(ByteBuffer batches) throws BatchRejectedException {
    log.checkWritable();
    int from = batches.position();
    long first = -1;
    long expected = log.endOffset;
    long records = 0;
    int epoch = log.epochs.latest();
    BatchCursor cursor = new BatchCursor(batches);
    try {
      while (cursor.next()) {
        BatchHeader batch = cursor.header();
        if (!batch.crcMatches()) {
          throw new BatchRejectedException(
              Reason.CORRUPT, log.name + ": checksum does not match in " + batch);
        }
        if (startsInside(batch, first, expected)) {
          expected = batch.baseOffset();
        }
        if (batch.baseOffset() < expected) {
          throw new BatchRejectedException(
              Reason.UNEXPECTED_OFFSET,
              log.name + ": offset " + expected + " is next, the leader sent " + batch);
        }
        if (batch.leaderEpoch() >= 0 && batch.leaderEpoch() < epoch) {
          throw new IllegalStateException(
              log.name + ": the leader sent " + batch + " after epoch " + epoch);
        }
        epoch = Math.max(epoch, batch.leaderEpoch());
        first = first < 0 ? batch.baseOffset() : first;
        expected = batch.nextOffset();
        records += batch.recordCount();
      }
    } catch (CorruptBatchException e) {
      throw new BatchRejectedException(Reason.CORRUPT, log.name + ": " + e.getMessage());
    }
    int end = cursor.end();
    if (first >= 0 && first < log.endOffset) {
      moveEmptyDown(first);
    }
    for (int at = from; at < end; at += header.sizeInBytes()) {
      header.wrap(batches, at);
      if (header.leaderEpoch() > log.epochs.latest()) {
        noteEpoch(header.leaderEpoch(), header.baseOffset());
      }
    }
    writeAll(batches, from, end);
    return new FollowerAppend(first, log.endOffset, end - from, records);
  }

  /**
   * An empty log that starts in the middle of a leader's batch, after records were deleted up to
   * there, takes the whole batch; its start stays.
   */
  private boolean startsInside(BatchHeader batch, long first, long end) {
    return first < 0 && log.hasNoRecords() && batch.baseOffset() < end && batch.lastOffset() >= end;
  }

  private void moveEmptyDown(long base) {
    Segment active = log.segments.active();
    log.flusher.truncated(base);
    try {
      if (active.baseOffset() > base) {
        replaceEmpty(active, base);
      }
    } catch (IOException e) {
      throw log.fail("starting a segment at offset " + base, e);
    }
  }

  private AppendResult duplicate(ProducerStates.Verdict original) {
    boolean stamped = log.config.timestampType() == TimestampType.LOG_APPEND_TIME;
    return new AppendResult(
        original.baseOffset(),
        original.lastOffset(),
        stamped ? original.timestamp() : -1,
        original.timestamp(),
        0,
        0,
        true);
  }

  /** The epoch is on disk before the first batch that carries it. */
  private void noteEpoch(int epoch, long startOffset) {
    try {
      if (epoch != log.epochs.latest()) {
        log.epochs.assign(epoch, startOffset, log.hasNoRecords());
      }
      log.epochs.write();
    } catch (IOException e) {
      throw log.fail("writing leader epoch " + epoch, e);
    }
  }

  /** Writes whole, stamped batches: as many at once as fit the active segment. */
  private void writeAll(ByteBuffer batches, int from, int end) {
    int at = from;
    while (at < end) {
      header.wrap(batches, at);
      rollFor(header);
      Segment active = log.segments.active();
      int runEnd = runEnd(active, batches, at, end);
      writeRun(active, batches, at, runEnd);
      at = runEnd;
    }
    if (log.endOffset - log.flusher.recoveryPoint() >= log.config.flushMessages()) {
      try {
        log.flusher.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(log.name + ": flush failed: " + e.getMessage(), e);
      }
    }
  }

  private int runEnd(Segment active, ByteBuffer batches, int at, int end) {
    int runEnd = at + header.sizeInBytes();
    long firstTimestamp = header.maxTimestamp();
    while (runEnd < end) {
      header.wrap(batches, runEnd);
      long size = (long) active.size() + (runEnd - at) + header.sizeInBytes();
      if (size > log.config.segmentBytes()
          || !active.canHold(header.lastOffset())
          || header.maxTimestamp() - firstTimestamp > log.config.segmentMs()) {
        break;
      }
      runEnd += header.sizeInBytes();
    }
    return runEnd;
  }

  private void writeRun(Segment active, ByteBuffer batches, int at, int runEnd) {
    int position = active.size();
    ByteBuffer run = batches;
    if (at != batches.position() || runEnd != batches.limit()) {
      run = batches.slice(at, runEnd - at);
    }
    int restore = run.position();
    try {
      active.write(run);
    } catch (UncutWriteException e) {
      throw log.fail("append", e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          log.name + ": append failed and was taken back: " + e.getMessage(), e);
    } finally {
      run.position(restore);
    }
    long next = log.endOffset;
    long nowMs = log.context.nowMs();
    try {
      for (int i = at; i < runEnd; i += header.sizeInBytes()) {
        header.wrap(batches, i);
        active.index(header, position + (i - at), log.config.indexIntervalBytes());
        if (header.producerId() >= 0) {
          noteProducer(batches, i, nowMs);
        }
        next = header.nextOffset();
      }
    } catch (IOException e) {
      throw log.fail("writing an index", e);
    }
    active.published(next, position + (runEnd - at));
    log.endOffset = next;
  }

  private void noteProducer(ByteBuffer batches, int at, long nowMs) {
    if (!header.isControl()) {
      log.producers.update(header, nowMs);
      return;
    }
    Optional<EndTransactionMarker> marker = EndTransactionMarker.read(batches, at);
    if (marker.isPresent()) {
      log.producers.updateMarker(header, marker.get(), nowMs);
    }
  }

  private void rollFor(BatchHeader batch) {
    Segment active = log.segments.active();
    LogConfig config = log.config;
    try {
      if (active.isEmpty()) {
        if (!active.canHold(batch.lastOffset())) {
          replaceEmpty(active, batch.baseOffset());
        }
        return;
      }
      if (active.size() > config.segmentBytes() - batch.sizeInBytes()
          || !active.canHold(batch.lastOffset())
          || active.indexesFull(config.segmentIndexBytes())
          || isOld(active, batch.maxTimestamp())) {
        roll(Math.max(log.endOffset, batch.baseOffset()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(log.name + ": rolling failed: " + e.getMessage(), e);
    }
  }

  private boolean isOld(Segment active, long batchTimestamp) throws IOException {
    long first = active.firstTimestamp();
    long age =
        first >= 0 && batchTimestamp >= 0
            ? batchTimestamp - first
            : log.context.nowMs() - active.createdMs();
    return age > rollAfterMs(active);
  }

  /** segment.ms less a jitter that differs by log and segment and stays the same for both. */
  private long rollAfterMs(Segment active) {
    long jitter = Math.min(log.config.segmentJitterMs(), log.config.segmentMs());
    if (jitter == 0) {
      return log.config.segmentMs();
    }
    long mixed = (log.name.hashCode() * 31L + active.baseOffset()) * 0x9E3779B97F4A7C15L;
    return log.config.segmentMs() - Math.floorMod(mixed >>> 16, jitter + 1);
  }

  void rollIfDue(long nowMs) {
    Segment active = log.segments.active();
    if (active.isEmpty() || log.closed || log.hasFailed()) {
      return;
    }
    // By the broker's clock alone: records of any age may be the newest there are.
    if (nowMs - active.createdMs() > rollAfterMs(active)) {
      try {
        roll(log.endOffset);
      } catch (IOException e) {
        throw new UncheckedIOException(log.name + ": rolling failed: " + e.getMessage(), e);
      }
    }
  }

  /** Starts a new active segment at {@code newBase}. */
  void roll(long newBase) throws IOException {
    Segment active = log.segments.active();
    active.seal();
    log.snapshots.write(log.producers, log.endOffset);
    Segment fresh = Segment.create(log.directory, newBase, log.context.nowMs());
    log.flusher.namesChanged();
    log.segments = log.segments.with(fresh);
  }

  private void replaceEmpty(Segment empty, long newBase) throws IOException {
    Segment fresh = Segment.create(log.directory, newBase, log.context.nowMs());
    int last = log.segments.count() - 1;
    log.segments = log.segments.firstAnd(last, fresh);
    log.flusher.namesChanged();
    empty.markDeleted();
    log.context.removeLater(java.util.List.of(empty.file().path()), 0);
    empty.release();
  }
}
