package io.ottla.log.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * One index of a segment: entries (key, value), both rising. The offset index maps relative offset
 * to file position in 8 bytes, the time index timestamp to relative offset in 12.
 *
 * <p>Not memory-mapped. The newest entries are in memory and written behind in blocks, the rest is
 * searched in the file with positional reads; the file is made when there is something to put in.
 * Appended by the log's writer only; searched by any thread: the writer first fills the slot, then
 * raises the count, and a block is on file before it leaves memory.
 */
final class IndexFile {
  private static final int BLOCK_ENTRIES = 512;

  private final int keyBytes;
  private final int entryBytes;
  private volatile Path path;
  private volatile Tail tail;

  /** The entries after the first {@code onFile}, which are in the file. */
  private static final class Tail {
    final int onFile;
    final long[] keys;
    final int[] values;
    volatile int count;

    Tail(int onFile, int capacity) {
      this.onFile = onFile;
      this.keys = new long[capacity];
      this.values = new int[capacity];
    }
  }

  private IndexFile(Path path, int keyBytes, Tail tail) {
    this.path = path;
    this.keyBytes = keyBytes;
    this.entryBytes = keyBytes + 4;
    this.tail = tail;
  }

  static IndexFile offsets(Path path, int entriesOnFile) {
    return new IndexFile(path, 4, new Tail(entriesOnFile, 0));
  }

  static IndexFile times(Path path, int entriesOnFile) {
    return new IndexFile(path, 8, new Tail(entriesOnFile, 0));
  }

  /** Entries in a file of this kind, or -1 when its size fits no whole number of them. */
  static int entriesOnFile(Path path, int entryBytes) throws IOException {
    if (!Files.exists(path)) {
      return 0;
    }
    long size = Files.size(path);
    return size % entryBytes == 0 && size / entryBytes <= Integer.MAX_VALUE
        ? (int) (size / entryBytes)
        : -1;
  }

  int entries() {
    Tail t = tail;
    return t.onFile + t.count;
  }

  int sizeInBytes() {
    return entries() * entryBytes;
  }

  /** Writer only. Key and value must not be below those of the last entry. */
  void append(long key, int value) throws IOException {
    Tail t = tail;
    if (t.count == t.keys.length) {
      t = t.keys.length < BLOCK_ENTRIES ? grown(t) : spilled(t);
      tail = t;
    }
    int n = t.count;
    t.keys[n] = key;
    t.values[n] = value;
    t.count = n + 1;
  }

  /** The last entry with a key at or below {@code key}, or null when none. */
  Entry floorKey(long key) throws IOException {
    Tail t = tail;
    int count = t.count;
    if (count > 0 && t.keys[0] <= key) {
      int i = Arrays.binarySearch(t.keys, 0, count, key);
      int at = i >= 0 ? i : -i - 2;
      return new Entry(t.keys[at], t.values[at]);
    }
    int i = searchFile(t.onFile, key, true);
    return i < 0 ? null : readEntry(i);
  }

  /** The entry with the largest value at or below {@code value}, or null when none. */
  Entry floorValue(int value) throws IOException {
    Tail t = tail;
    int count = t.count;
    if (count > 0 && t.values[0] <= value) {
      int i = Arrays.binarySearch(t.values, 0, count, value);
      int at = i >= 0 ? i : -i - 2;
      return new Entry(t.keys[at], t.values[at]);
    }
    int i = searchFile(t.onFile, value, false);
    return i < 0 ? null : readEntry(i);
  }

  /** The last entry, or null when there is none. */
  Entry last() throws IOException {
    Tail t = tail;
    int count = t.count;
    if (count > 0) {
      return new Entry(t.keys[count - 1], t.values[count - 1]);
    }
    return t.onFile > 0 ? readEntry(t.onFile - 1) : null;
  }

  /** Writes everything to the file, cut to its exact size, and frees the memory. */
  void seal() throws IOException {
    Tail t = tail;
    if (t.onFile + t.count == 0 && !Files.exists(path)) {
      return;
    }
    tail = spilled(t, 0);
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate((long) tail.onFile * entryBytes);
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  void force() throws IOException {
    if (Files.exists(path)) {
      DiskIo.forceFile(path);
    }
  }

  /**
   * A new index of the same file without the entries from {@code keyLimit} or {@code valueLimit}
   * on.
   */
  IndexFile truncatedBelow(long keyLimit, int valueLimit) throws IOException {
    Tail t = tail;
    int keep = 0;
    while (keep < t.count && t.keys[keep] < keyLimit && t.values[keep] < valueLimit) {
      keep++;
    }
    if (keep > 0) {
      Tail kept = new Tail(t.onFile, Math.max(keep, 16));
      System.arraycopy(t.keys, 0, kept.keys, 0, keep);
      System.arraycopy(t.values, 0, kept.values, 0, keep);
      kept.count = keep;
      return new IndexFile(path, keyBytes, kept);
    }
    int onFile =
        1
            + Math.min(
                searchFile(t.onFile, keyLimit - 1, true),
                searchFile(t.onFile, valueLimit - 1, false));
    return new IndexFile(path, keyBytes, new Tail(onFile, 0));
  }

  Path path() {
    return path;
  }

  void movedTo(Path directory) {
    path = directory.resolve(path.getFileName().toString());
  }

  void renameTo(Path target) throws IOException {
    if (Files.exists(path)) {
      Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    }
    path = target;
  }

  /** Index of the last file entry with key (or value) at or below {@code wanted}; -1 when none. */
  private int searchFile(int count, long wanted, boolean byKey) throws IOException {
    if (count == 0) {
      return -1;
    }
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      int low = 0;
      int high = count;
      while (high - low > BLOCK_ENTRIES) {
        int middle = (low + high) >>> 1;
        Entry entry = block(channel, middle, 1)[0];
        if ((byKey ? entry.key : entry.value) <= wanted) {
          low = middle;
        } else {
          high = middle;
        }
      }
      Entry[] block = block(channel, low, high - low);
      int found = low - 1;
      for (int i = 0; i < block.length; i++) {
        if ((byKey ? block[i].key : block[i].value) <= wanted) {
          found = low + i;
        } else {
          break;
        }
      }
      return found;
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  private Entry readEntry(int index) throws IOException {
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return block(channel, index, 1)[0];
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  private Entry[] block(FileChannel channel, int first, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count * entryBytes);
    DiskIo.readFully(channel, bytes, (long) first * entryBytes);
    bytes.flip();
    Entry[] entries = new Entry[count];
    for (int i = 0; i < count; i++) {
      long key = keyBytes == 4 ? bytes.getInt() & 0xFFFFFFFFL : bytes.getLong();
      entries[i] = new Entry(key, bytes.getInt());
    }
    return entries;
  }

  private static Tail grown(Tail t) {
    Tail larger = new Tail(t.onFile, Math.min(BLOCK_ENTRIES, Math.max(16, t.keys.length * 2)));
    System.arraycopy(t.keys, 0, larger.keys, 0, t.count);
    System.arraycopy(t.values, 0, larger.values, 0, t.count);
    larger.count = t.count;
    return larger;
  }

  private Tail spilled(Tail t) throws IOException {
    return spilled(t, BLOCK_ENTRIES);
  }

  private Tail spilled(Tail t, int nextCapacity) throws IOException {
    if (t.count > 0) {
      ByteBuffer bytes = ByteBuffer.allocate(t.count * entryBytes);
      for (int i = 0; i < t.count; i++) {
        if (keyBytes == 4) {
          bytes.putInt((int) t.keys[i]);
        } else {
          bytes.putLong(t.keys[i]);
        }
        bytes.putInt(t.values[i]);
      }
      bytes.flip();
      boolean interrupted = Thread.interrupted();
      try (FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        DiskIo.writeFully(channel, bytes, (long) t.onFile * entryBytes);
      } finally {
        DiskIo.restore(interrupted);
      }
    }
    return new Tail(t.onFile + t.count, nextCapacity);
  }

  /** One entry. */
  static final class Entry {
    final long key;
    final int value;

    Entry(long key, int value) {
      this.key = key;
      this.value = value;
    }
  }
}
