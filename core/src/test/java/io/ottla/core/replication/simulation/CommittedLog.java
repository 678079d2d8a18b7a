package io.ottla.core.replication.simulation;

import io.ottla.core.partition.Partition;
import io.ottla.log.LogSlice;
import io.ottla.log.PartitionLog;
import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is committed of one partition, as seen on any replica below its high watermark. Whoever
 * shows something else at an offset once committed is wrong, and so is a high watermark that moves
 * back while a broker lives.
 */
final class CommittedLog {
  /** One batch as it is in a log. */
  record Entry(
      long baseOffset, long lastOffset, int epoch, long producerId, int baseSequence, int crc) {}

  private record Seen(int life, long highWatermark) {}

  private final TreeMap<Long, Entry> entries = new TreeMap<>();
  private final Map<Integer, Seen> seen = new HashMap<>();
  private final Map<Integer, Integer> leaderOfEpoch = new HashMap<>();
  private long end;

  long end() {
    return end;
  }

  /** Looks at one replica after a step. */
  void observe(SimBroker broker, Partition partition) {
    PartitionLog log = partition.log();
    if (log == null || partition.isOffline()) {
      return;
    }
    long start = log.startOffset();
    long highWatermark = partition.highWatermark();
    String where = "broker " + broker.id() + " " + partition;
    if (start > highWatermark || highWatermark > log.endOffset()) {
      throw new Violation(
          where + ": offsets out of order: " + start + ", " + highWatermark + ", " + log);
    }
    if (partition.isLeader()) {
      Integer other = leaderOfEpoch.putIfAbsent(partition.leaderEpoch(), broker.id());
      if (other != null && other != broker.id()) {
        throw new Violation(where + ": broker " + other + " led the same epoch");
      }
    }
    Seen before = seen.get(broker.id());
    long from = start;
    if (before != null && before.life() == broker.life()) {
      if (highWatermark < before.highWatermark()) {
        throw new Violation(where + ": high watermark moved back from " + before.highWatermark());
      }
      if (highWatermark == before.highWatermark()) {
        return;
      }
      from = before.highWatermark();
    }
    seen.put(broker.id(), new Seen(broker.life(), highWatermark));
    List<Entry> shown = entries(log, from, highWatermark);
    int missing = entries.subMap(from, highWatermark).size() - shown.size();
    if (missing > 0) {
      throw new Violation(where + ": " + missing + " committed batches are missing from " + from);
    }
    for (Entry entry : shown) {
      Entry known = entries.putIfAbsent(entry.baseOffset(), entry);
      if (known != null && !known.equals(entry)) {
        throw new Violation(where + ": committed " + known + " is now " + entry);
      }
      if (known == null && entry.baseOffset() != end) {
        throw new Violation(
            where + ": committed " + entry + " though the committed log ended at " + end);
      }
      end = Math.max(end, entry.lastOffset() + 1);
    }
  }

  /** Every batch in a log from an offset up to another. */
  static List<Entry> entries(PartitionLog log, long from, long until) {
    List<Entry> found = new ArrayList<>();
    long offset = from;
    while (offset < until) {
      try (LogSlice slice = log.read(offset, 1 << 20, until, true)) {
        if (slice.size() == 0) {
          break;
        }
        ByteBuffer bytes = ByteBuffer.allocate(slice.size());
        slice.readInto(bytes);
        for (int at = 0; at + BatchHeader.SIZE <= bytes.capacity(); ) {
          long base = bytes.getLong(at);
          long last = base + bytes.getInt(at + BatchHeader.LAST_OFFSET_DELTA);
          found.add(
              new Entry(
                  base,
                  last,
                  bytes.getInt(at + BatchHeader.LEADER_EPOCH),
                  bytes.getLong(at + BatchHeader.PRODUCER_ID),
                  bytes.getInt(at + BatchHeader.BASE_SEQUENCE),
                  bytes.getInt(at + BatchHeader.CRC)));
          offset = last + 1;
          at += (int) BatchHeader.claimedSize(bytes, at);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return found;
  }
}
