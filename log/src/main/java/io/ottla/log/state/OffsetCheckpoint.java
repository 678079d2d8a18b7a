package io.ottla.log.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One offset per partition of a log directory, in Kafka's text form: lines {@code topic partition
 * offset}. Partitions are named {@code topic-partition} here. Holds no state; the owner keeps the
 * map.
 */
public final class OffsetCheckpoint {
  public static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
  public static final String START_OFFSETS = "log-start-offset-checkpoint";
  public static final String HIGH_WATERMARKS = "replication-offset-checkpoint";

  private final Path file;

  public OffsetCheckpoint(Path file) {
    this.file = file;
  }

  public boolean exists() {
    return Files.exists(file);
  }

  /**
   * Reads the file; a missing one is empty.
   *
   * @throws CorruptCheckpointException when it cannot be parsed
   */
  public Map<String, Long> read() throws IOException {
    if (!exists()) {
      return Map.of();
    }
    Map<String, Long> offsets = new HashMap<>();
    for (String line : TextFile.checkpointLines(file)) {
      String[] fields = line.trim().split("\\s+", -1);
      try {
        if (fields.length != 3) {
          throw new NumberFormatException("three fields expected");
        }
        String name = fields[0] + "-" + Integer.parseInt(fields[1]);
        offsets.put(name, Long.parseLong(fields[2]));
      } catch (NumberFormatException e) {
        throw new CorruptCheckpointException(file + " has the line '" + line + "'", e);
      }
    }
    return offsets;
  }

  /** Replaces the file durably. */
  public void write(Map<String, Long> offsets) throws IOException {
    List<String> lines = new ArrayList<>(offsets.size());
    for (Map.Entry<String, Long> entry : new TreeMap<>(offsets).entrySet()) {
      int dash = entry.getKey().lastIndexOf('-');
      lines.add(
          entry.getKey().substring(0, dash)
              + " "
              + entry.getKey().substring(dash + 1)
              + " "
              + entry.getValue());
    }
    TextFile.replaceDurably(file, TextFile.checkpoint(lines));
  }
}
