package io.ottla.core.state;

import io.ottla.log.batch.BatchCursor;
import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.EndTransactionMarker;
import io.ottla.log.batch.LogRecord;
import io.ottla.log.batch.RecordIterator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a log from its start to its end, chunk by chunk, into a state. Records of a transaction are
 * held back until its marker: committed ones are applied at the marker, aborted ones dropped. Runs
 * on a thread that may block. Used once.
 */
final class LogReplay<R> {
  private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);
  private static final long MAX_DECOMPRESSED = 256L << 20;

  private final StateLog log;
  private final ReplicatedState<R> state;
  private final int chunkBytes;
  private final Map<Long, List<R>> openTransactions = new HashMap<>();
  private long records;
  private long skipped;

  LogReplay(StateLog log, ReplicatedState<R> state, int chunkBytes) {
    this.log = log;
    this.state = state;
    this.chunkBytes = chunkBytes;
  }

  /**
   * Replays up to the end the log had when it was called.
   *
   * @return the offset after the last record replayed; -1 when {@code cancelled} said so
   */
  long run(BooleanSupplier cancelled) {
    long end = log.endOffset();
    long offset = log.startOffset();
    while (offset < end) {
      if (cancelled.getAsBoolean()) {
        return -1;
      }
      ByteBuffer chunk = log.read(offset, chunkBytes);
      BatchCursor batches = new BatchCursor(chunk);
      long before = offset;
      while (batches.next()) {
        BatchHeader header = batches.header();
        replay(chunk, batches.position(), header, offset);
        offset = header.nextOffset();
      }
      if (offset == before) {
        throw new IllegalStateException(
            log.name() + " has no batch at offset " + offset + " although it ends at " + end);
      }
    }
    if (skipped > 0) {
      LOG.warn("{}: {} records are of kinds this broker does not keep", log.name(), skipped);
    }
    return offset;
  }

  /** Whether records wait for a marker that has not come: their log must not be cut. */
  boolean hasOpenTransactions() {
    return !openTransactions.isEmpty();
  }

  long records() {
    return records;
  }

  private void replay(ByteBuffer chunk, int at, BatchHeader header, long from) {
    if (header.isControl()) {
      Optional<EndTransactionMarker> marker = EndTransactionMarker.read(chunk, at);
      List<R> held = openTransactions.remove(header.producerId());
      if (marker.isPresent() && marker.get().committed() && held != null) {
        held.forEach(state::replay);
      }
      return;
    }
    List<R> held =
        header.isTransactional()
            ? openTransactions.computeIfAbsent(header.producerId(), id -> new ArrayList<>())
            : null;
    try (RecordIterator iterator = RecordIterator.of(chunk, at, MAX_DECOMPRESSED)) {
      while (iterator.hasNext()) {
        LogRecord record = iterator.next();
        if (record.offset() < from || !record.hasKey()) {
          continue;
        }
        Optional<R> decoded = decode(record);
        records++;
        if (decoded.isEmpty()) {
          skipped++;
        } else if (held != null) {
          held.add(decoded.get());
        } else {
          state.replay(decoded.get());
        }
      }
    }
  }

  private Optional<R> decode(LogRecord record) {
    try {
      return state.decode(record.key(), record.value());
    } catch (IllegalArgumentException e) {
      // One bad record must not keep every group of the partition from working.
      LOG.error(
          "{}: the record at offset {} is skipped: {}",
          log.name(),
          record.offset(),
          e.getMessage());
      return Optional.empty();
    }
  }
}
