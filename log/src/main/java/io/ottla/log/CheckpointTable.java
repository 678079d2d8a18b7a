package io.ottla.log;

import io.ottla.log.state.CorruptCheckpointException;
import io.ottla.log.state.OffsetCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One checkpoint file of a log directory and the offsets in it, those of logs that are not loaded
 * included. Thread safe: one monitor, held while the file is written. It is taken under a
 * partition's lock by a truncation only, and takes no other lock inside.
 */
final class CheckpointTable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointTable.class);

  private final Path file;
  private final OffsetCheckpoint checkpoint;
  private final Map<String, Long> offsets = new HashMap<>();
  private final Set<String> onDisk = new HashSet<>();
  private final boolean missing;
  private boolean changed;

  private CheckpointTable(Path file, OffsetCheckpoint checkpoint, Map<String, Long> found) {
    this.file = file;
    this.checkpoint = checkpoint;
    this.missing = found == null;
    this.changed = missing;
    if (found != null) {
      offsets.putAll(found);
    }
  }

  /** Reads the file; entries of logs that are gone are left out. */
  static CheckpointTable load(Path directory, String name, Set<String> logs) throws IOException {
    Path file = directory.resolve(name);
    OffsetCheckpoint checkpoint = new OffsetCheckpoint(file);
    Map<String, Long> found = null;
    Set<String> inFile = Set.of();
    if (checkpoint.exists()) {
      try {
        found = new HashMap<>(checkpoint.read());
        inFile = Set.copyOf(found.keySet());
        found.keySet().retainAll(logs);
      } catch (CorruptCheckpointException e) {
        LOG.warn("Taking a checkpoint as lost, its offsets are unknown: {}", e.getMessage());
      }
    }
    CheckpointTable table = new CheckpointTable(file, checkpoint, found);
    table.onDisk.addAll(inFile);
    // From the first start on the file is there: should it be missing later, it was lost.
    table.write(Map::of);
    return table;
  }

  /** There was no file at this start, or it could not be read. */
  boolean wasMissing() {
    return missing;
  }

  synchronized OptionalLong get(String name) {
    Long offset = offsets.get(name);
    return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /** A log was removed. The file may name it until the next write. */
  synchronized void forget(String name) {
    changed |= offsets.remove(name) != null;
  }

  /** A log of this name is about to be made: the file must say nothing of an older one. */
  synchronized void forgetDurably(String name) throws IOException {
    if (onDisk.contains(name)) {
      offsets.remove(name);
      changed = true;
      write(Map::of);
    }
  }

  /**
   * Makes sure that the file does not claim more than {@code offset} for a log that was cut there:
   * what is written above it next must not be taken for what was there before.
   */
  synchronized void lower(String name, long offset) throws IOException {
    Long present = offsets.get(name);
    if (present != null && present > offset) {
      write(() -> Map.of(name, offset));
    }
  }

  /** Takes offsets over, asked for under the monitor, and writes the file when anything is new. */
  synchronized void write(Supplier<Map<String, Long>> newOffsets) throws IOException {
    for (Map.Entry<String, Long> entry : newOffsets.get().entrySet()) {
      changed |= !entry.getValue().equals(offsets.put(entry.getKey(), entry.getValue()));
    }
    if (changed) {
      checkpoint.write(offsets);
      onDisk.clear();
      onDisk.addAll(offsets.keySet());
      changed = false;
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
