package io.ottla.log.state;

import io.ottla.log.segment.FileNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code .snapshot} files of a log: its producers as they were at the offset in the name. Only
 * the last batch of each producer is stored.
 *
 * <pre>
 *   version i16 = 1 | crc u32 (CRC-32C of what follows) | count i32 | count times:
 *   producerId i64, epoch i16, lastSequence i32, lastOffset i64, offsetDelta i32,
 *   timestamp i64, coordinatorEpoch i32, currentTxnFirstOffset i64 (-1 none)
 * </pre>
 *
 * Not forced: a snapshot lost or torn in a crash is rebuilt from the batches. Used by the log's
 * writer only.
 */
public final class ProducerSnapshots {
  private static final Logger LOG = LoggerFactory.getLogger(ProducerSnapshots.class);
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 10;
  private static final int CRC_FROM = 6;
  private static final int ENTRY_BYTES = 46;

  private Path directory;
  private final TreeMap<Long, Path> files = new TreeMap<>();

  public ProducerSnapshots(Path directory) {
    this.directory = directory;
  }

  /** Notes a snapshot file found in the directory. */
  public void found(long offset) {
    files.put(offset, path(offset));
  }

  /** Writes the table as of {@code offset}, if there is none yet. */
  public void write(ProducerStates states, long offset) throws IOException {
    if (files.containsKey(offset)) {
      return;
    }
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + ENTRY_BYTES * states.count());
    out.putShort((short) VERSION).putInt(0).putInt(states.count());
    for (ProducerEntry entry : states.entries()) {
      out.putLong(entry.producerId())
          .putShort(entry.epoch())
          .putInt(entry.lastSequence())
          .putLong(entry.lastOffset())
          .putInt(entry.lastOffsetDelta())
          .putLong(entry.lastTimestamp())
          .putInt(entry.coordinatorEpoch())
          .putLong(entry.currentTxnFirstOffset());
    }
    out.putInt(2, crc(out));
    TextFile.replace(path(offset), out.array(), false);
    found(offset);
  }

  /**
   * Loads the newest readable snapshot at or below {@code offset}; unreadable ones are removed.
   *
   * @return the offset from which batches have to be replayed, or empty when there is no snapshot
   */
  public OptionalLong loadNewest(ProducerStates states, long offset) throws IOException {
    states.clear();
    while (true) {
      Map.Entry<Long, Path> newest = files.floorEntry(offset);
      if (newest == null) {
        return OptionalLong.empty();
      }
      try {
        load(states, newest.getValue());
        return OptionalLong.of(newest.getKey());
      } catch (CorruptCheckpointException | java.nio.file.NoSuchFileException e) {
        LOG.warn("Dropping a producer snapshot, producers are replayed instead: {}", e.toString());
        states.clear();
        Files.deleteIfExists(newest.getValue());
        files.remove(newest.getKey());
      }
    }
  }

  private static void load(ProducerStates states, Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
    if (in.limit() < HEADER_BYTES || in.getShort(0) != VERSION || in.getInt(2) != crc(in)) {
      throw new CorruptCheckpointException(file + " is no whole version 1 producer snapshot");
    }
    int count = in.getInt(CRC_FROM);
    if (count < 0 || (long) count * ENTRY_BYTES != in.limit() - HEADER_BYTES) {
      throw new CorruptCheckpointException(file + " counts " + count + " producers");
    }
    in.position(HEADER_BYTES);
    for (int i = 0; i < count; i++) {
      ProducerEntry entry = new ProducerEntry(in.getLong(), in.getShort());
      int lastSequence = in.getInt();
      long lastOffset = in.getLong();
      int offsetDelta = in.getInt();
      long timestamp = in.getLong();
      if (lastSequence >= 0) {
        entry.addBatch(lastSequence, lastOffset, offsetDelta, timestamp);
      }
      entry.marker(in.getInt(), timestamp);
      entry.transaction(in.getLong());
      entry.touch(timestamp);
      states.put(entry);
    }
  }

  /** Removes snapshots above {@code offset}: the log was cut there. */
  public void removeAbove(long offset) throws IOException {
    remove(files.tailMap(offset, false));
  }

  /** Removes snapshots below {@code offset}: the log starts there now. */
  public void removeBelow(long offset) throws IOException {
    remove(files.headMap(offset, false));
  }

  /** Removes every snapshot. */
  public void removeAll() throws IOException {
    remove(files);
  }

  private static void remove(Map<Long, Path> some) throws IOException {
    for (Path file : some.values()) {
      Files.deleteIfExists(file);
    }
    some.clear();
  }

  /** Keeps the newest snapshot and those at the given base offsets. */
  public void keepOnly(Set<Long> baseOffsets) throws IOException {
    if (files.isEmpty()) {
      return;
    }
    long newest = files.lastKey();
    var all = files.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Long, Path> entry = all.next();
      if (entry.getKey() != newest && !baseOffsets.contains(entry.getKey())) {
        Files.deleteIfExists(entry.getValue());
        all.remove();
      }
    }
  }

  /** The directory was renamed. */
  public void movedTo(Path newDirectory) {
    directory = newDirectory;
    files.replaceAll((offset, path) -> path(offset));
  }

  private Path path(long offset) {
    return directory.resolve(FileNames.of(offset, FileNames.SNAPSHOT));
  }

  private static int crc(ByteBuffer whole) {
    CRC32C crc = new CRC32C();
    crc.update(whole.slice(CRC_FROM, whole.limit() - CRC_FROM));
    return (int) crc.getValue();
  }
}
