package io.ottla.log;

import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.batch.BatchCursor;
import io.ottla.log.batch.Codec;
import io.ottla.log.batch.LogRecord;
import io.ottla.log.batch.RecordIterator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Builds batches and reads logs back. */
final class TestRecords {
  private TestRecords() {}

  static ByteBuffer batch(long timestampMs, String... values) {
    BatchBuilder builder = new BatchBuilder();
    for (String value : values) {
      builder.add(timestampMs, null, bytes(value));
    }
    return builder.build();
  }

  static ByteBuffer batch(Codec codec, long timestampMs, String... values) {
    BatchBuilder builder = new BatchBuilder().codec(codec);
    for (String value : values) {
      builder.add(timestampMs, bytes("k"), bytes(value));
    }
    return builder.build();
  }

  static ByteBuffer produced(long pid, int epoch, int sequence, int count) {
    BatchBuilder builder = new BatchBuilder().producer(pid, (short) epoch, sequence);
    for (int i = 0; i < count; i++) {
      builder.add(1000 + sequence + i, null, bytes("p" + pid + "-" + (sequence + i)));
    }
    return builder.build();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(ByteBuffer bytes) {
    return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  static AppendResult append(PartitionLog log, ByteBuffer batch, int epoch) {
    try {
      return log.append(log.validate(batch, 0), epoch);
    } catch (BatchRejectedException e) {
      throw new AssertionError(e.reason() + ": " + e.getMessage(), e);
    }
  }

  static ByteBuffer bytesFrom(PartitionLog log, long offset, int maxBytes, long endExclusive) {
    try (LogSlice slice = log.read(offset, maxBytes, endExclusive, true)) {
      ByteBuffer out = ByteBuffer.allocate(slice.size());
      slice.readInto(out);
      return out.flip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One record, as the model and the log both say it. */
  record Seen(long offset, long timestamp, String key, String value) {}

  static List<Seen> records(ByteBuffer batches) {
    List<Seen> seen = new ArrayList<>();
    BatchCursor cursor = new BatchCursor(batches);
    while (cursor.next()) {
      if (!cursor.header().crcMatches()) {
        throw new AssertionError("checksum of " + cursor.header());
      }
      try (RecordIterator records = RecordIterator.of(batches, cursor.position(), 1 << 20)) {
        while (records.hasNext()) {
          LogRecord r = records.next();
          seen.add(new Seen(r.offset(), r.timestampMs(), text(r.key()), text(r.value())));
        }
      }
    }
    if (cursor.end() != batches.limit()) {
      throw new AssertionError("a slice ends inside a batch");
    }
    return seen;
  }

  /** Every record from {@code offset} on, read in slices of at most {@code maxBytes}. */
  static List<Seen> readAll(PartitionLog log, long offset, int maxBytes) {
    List<Seen> all = new ArrayList<>();
    long at = offset;
    while (at < log.endOffset()) {
      List<Seen> some = records(bytesFrom(log, at, maxBytes, Long.MAX_VALUE));
      if (some.isEmpty()) {
        break;
      }
      long from = at;
      some.stream().filter(s -> s.offset() >= from).forEach(all::add);
      at = some.get(some.size() - 1).offset() + 1;
    }
    return all;
  }
}
