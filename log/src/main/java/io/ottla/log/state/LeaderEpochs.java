package io.ottla.log.state;

import io.ottla.log.EpochEnd;
import io.ottla.log.segment.DiskIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which leader epoch starts at which offset. Always true: epochs and start offsets both rise
 * strictly. Changed by the log's writer only; read by any thread from an immutable snapshot.
 *
 * <p>Kept in {@code leader-epoch-checkpoint}. A change is durable before it returns unless the
 * caller defers it, which is right only while the log has no record: there is nothing the epoch
 * could tell apart, and every batch appended later carries its epoch, from which recovery rebuilds
 * the entry.
 */
public final class LeaderEpochs {
  public static final String FILE = "leader-epoch-checkpoint";
  private static final Table EMPTY = new Table(new int[0], new long[0]);

  /** Immutable. */
  private static final class Table {
    final int[] epochs;
    final long[] starts;

    Table(int[] epochs, long[] starts) {
      this.epochs = epochs;
      this.starts = starts;
    }

    int count() {
      return epochs.length;
    }

    int latest() {
      return epochs.length == 0 ? -1 : epochs[epochs.length - 1];
    }

    /** The first {@code count} entries. */
    Table first(int count) {
      return count == epochs.length
          ? this
          : new Table(Arrays.copyOf(epochs, count), Arrays.copyOf(starts, count));
    }
  }

  private volatile Path file;
  private volatile Table table = EMPTY;
  private boolean unwritten;
  private volatile boolean unforced;

  public LeaderEpochs(Path directory) {
    this.file = directory.resolve(FILE);
  }

  /**
   * Reads the file; a missing one is empty.
   *
   * @throws CorruptCheckpointException when it cannot be parsed or does not rise
   */
  public void load() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = TextFile.checkpointLines(file);
    int[] epochs = new int[lines.size()];
    long[] starts = new long[lines.size()];
    for (int i = 0; i < lines.size(); i++) {
      String[] fields = lines.get(i).trim().split("\\s+", -1);
      try {
        if (fields.length != 2) {
          throw new NumberFormatException("two fields expected");
        }
        epochs[i] = Integer.parseInt(fields[0]);
        starts[i] = Long.parseLong(fields[1]);
      } catch (NumberFormatException e) {
        throw new CorruptCheckpointException(file + " has the line '" + lines.get(i) + "'", e);
      }
      if (epochs[i] < 0
          || starts[i] < 0
          || (i > 0 && (epochs[i] <= epochs[i - 1] || starts[i] <= starts[i - 1]))) {
        throw new CorruptCheckpointException(
            file + " does not rise at the line '" + lines.get(i) + "'");
      }
    }
    table = new Table(epochs, starts);
  }

  public boolean isEmpty() {
    return table.count() == 0;
  }

  /** The newest epoch, -1 when none. */
  public int latest() {
    return table.latest();
  }

  /** Where {@code epoch} starts, -1 when unknown. */
  public long startOffset(int epoch) {
    Table t = table;
    int i = Arrays.binarySearch(t.epochs, epoch);
    return i < 0 ? -1 : t.starts[i];
  }

  /** Where {@code epoch} ends in a log that ends at {@code logEnd}. */
  public EpochEnd endOffset(int epoch, long logEnd) {
    Table t = table;
    if (epoch < 0 || epoch > t.latest()) {
      return EpochEnd.UNDEFINED;
    }
    if (epoch == t.latest()) {
      return new EpochEnd(epoch, logEnd);
    }
    int i = Arrays.binarySearch(t.epochs, epoch);
    int next = i >= 0 ? i + 1 : -i - 1;
    return next == 0
        ? new EpochEnd(epoch, t.starts[0])
        : new EpochEnd(t.epochs[next - 1], t.starts[next]);
  }

  /**
   * Notes that {@code epoch} starts at {@code startOffset}. The same or a lower start offset of
   * older epochs means they hold no record any more: they go. Repeating the newest epoch changes
   * nothing.
   *
   * @param defer keep it in memory until {@link #write} or {@link #force}
   * @throws IllegalStateException when the epoch is below the newest
   */
  public void assign(int epoch, long startOffset, boolean defer) throws IOException {
    if (note(epoch, startOffset)) {
      if (defer) {
        unwritten = true;
      } else {
        persist(true);
      }
    }
  }

  /** Like {@link #assign}, for rebuilding: nothing is written. */
  public boolean note(int epoch, long startOffset) {
    Table t = table;
    if (epoch == t.latest()) {
      return false;
    }
    if (epoch < t.latest()) {
      throw new IllegalStateException(
          file + ": leader epoch " + epoch + " is below the newest known, " + t.latest());
    }
    int keep = t.count();
    while (keep > 0 && t.starts[keep - 1] >= startOffset) {
      keep--;
    }
    int[] epochs = Arrays.copyOf(t.epochs, keep + 1);
    long[] starts = Arrays.copyOf(t.starts, keep + 1);
    epochs[keep] = epoch;
    starts[keep] = startOffset;
    table = new Table(epochs, starts);
    return true;
  }

  /** Drops epochs that start at or after {@code end}: the log was cut there. */
  public void truncateFromEnd(long end) throws IOException {
    Table t = table;
    int keep = t.count();
    while (keep > 0 && t.starts[keep - 1] >= end) {
      keep--;
    }
    if (keep < t.count()) {
      table = t.first(keep);
      persist(true);
    }
  }

  /**
   * Drops epochs that end at or before {@code start}; the one that holds it now starts there. Not
   * forced: entries below the log's start do no harm.
   */
  public void truncateFromStart(long start) throws IOException {
    Table t = table;
    int drop = 0;
    while (drop + 1 < t.count() && t.starts[drop + 1] <= start) {
      drop++;
    }
    if (t.count() == 0 || (drop == 0 && t.starts[0] >= start)) {
      return;
    }
    int[] epochs = Arrays.copyOfRange(t.epochs, drop, t.count());
    long[] starts = Arrays.copyOfRange(t.starts, drop, t.count());
    starts[0] = Math.max(starts[0], start);
    table = new Table(epochs, starts);
    persist(false);
  }

  /** Forgets everything, in memory only, before a rebuild. */
  public void clear() {
    table = EMPTY;
    unwritten = false;
  }

  /** Forgets everything and says so on disk. */
  public void clearAndPersist() throws IOException {
    table = EMPTY;
    if (Files.exists(file) || unwritten) {
      persist(true);
    }
  }

  /** Writes a deferred change, without waiting for the disk. */
  public void write() throws IOException {
    if (unwritten) {
      persist(false);
    }
  }

  /** Writes the whole table durably. */
  public void persist() throws IOException {
    persist(true);
  }

  /** Makes written changes durable. Any thread. */
  public void force() throws IOException {
    if (unforced) {
      unforced = false;
      DiskIo.forceFile(file);
    }
  }

  private void persist(boolean durably) throws IOException {
    Table t = table;
    List<String> lines = new ArrayList<>(t.count());
    for (int i = 0; i < t.count(); i++) {
      lines.add(t.epochs[i] + " " + t.starts[i]);
    }
    String content = TextFile.checkpoint(lines);
    if (durably) {
      TextFile.replaceDurably(file, content);
    } else {
      TextFile.replace(file, content);
      unforced = true;
    }
    unwritten = false;
  }

  /** The directory was renamed. */
  public void movedTo(Path directory) {
    file = directory.resolve(FILE);
  }

  @Override
  public String toString() {
    Table t = table;
    return Arrays.toString(t.epochs) + "@" + Arrays.toString(t.starts);
  }
}
