package io.ottla.log.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The {@code .log} file of one segment, reference counted: the segment holds one reference, every
 * slice handed to a reader another. The channel opens at the first use and closes with the last
 * reference, so a removed segment stays readable until its last slice is closed, and an idle sealed
 * segment costs no file descriptor.
 *
 * <p>All reads and writes are positional. Safe from any thread; only the log's writer writes.
 *
 * <p>Interrupting a thread inside a {@link FileChannel} closes the channel for everybody. Threads
 * that use logs are not to be interrupted; should it happen, the operations here open the file
 * again, repeat themselves and leave the thread's interrupt status set.
 */
public final class SegmentFile {
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile Path path;
  private volatile FileChannel channel;

  private SegmentFile(Path path) {
    this.path = path;
  }

  /** A new, empty file; what was there is dropped. */
  public static SegmentFile create(Path path) throws IOException {
    SegmentFile file = new SegmentFile(path);
    file.channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    return file;
  }

  /** A file that exists; opened when first used. */
  public static SegmentFile existing(Path path) {
    return new SegmentFile(path);
  }

  public Path path() {
    return path;
  }

  /** Takes a reference; false when the last one is already gone. */
  public boolean tryRetain() {
    while (true) {
      int count = references.get();
      if (count == 0) {
        return false;
      }
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  /** Gives a reference back; the last one closes the channel. */
  public void release() {
    if (references.decrementAndGet() == 0) {
      synchronized (this) {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
          try {
            open.close();
          } catch (IOException e) {
            // Nothing is written through this channel any more; there is nothing left to lose.
            org.slf4j.LoggerFactory.getLogger(SegmentFile.class).warn("Closing {} failed", path, e);
          }
        }
      }
    }
  }

  /** The open channel. Callers hold a reference. */
  public FileChannel channel() throws IOException {
    FileChannel open = channel;
    return open != null ? open : open(null);
  }

  /** Reads once, like {@link FileChannel#read(ByteBuffer, long)}. */
  int read(ByteBuffer dst, long position) throws IOException {
    boolean interrupted = false;
    int start = dst.position();
    try {
      while (true) {
        FileChannel open = channel();
        try {
          return open.read(dst, position);
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          dst.position(start);
          open(open);
        }
      }
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  /** Reads until {@code dst} is full. */
  public void readFully(ByteBuffer dst, long position) throws IOException {
    long at = position;
    while (dst.hasRemaining()) {
      int n = read(dst, at);
      if (n < 0) {
        throw new java.io.EOFException(
            path + " ends at " + at + ", " + dst.remaining() + " bytes too early");
      }
      at += n;
    }
  }

  /** Writes all of {@code src}. */
  void write(ByteBuffer src, long position) throws IOException {
    boolean interrupted = false;
    int start = src.position();
    try {
      while (true) {
        FileChannel open = channel();
        try {
          DiskIo.writeFully(open, src, position);
          return;
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          src.position(start);
          open(open);
        }
      }
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  /** Makes the bytes durable. A failure must never be retried: the kernel forgets it. */
  public void force() throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      channel().force(false);
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  void truncate(long size) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      channel().truncate(size);
    } finally {
      DiskIo.restore(interrupted);
    }
  }

  /** Renames the file; open slices go on reading it. */
  void renameTo(Path target) throws IOException {
    try {
      Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("cannot rename " + path + " to " + target + " atomically", e);
    }
    path = target;
  }

  /** The directory was renamed: the file is now found under {@code directory}. */
  void movedTo(Path directory) {
    path = directory.resolve(path.getFileName().toString());
  }

  private synchronized FileChannel open(FileChannel broken) throws IOException {
    if (channel != null && channel != broken) {
      return channel;
    }
    if (references.get() == 0) {
      throw new ClosedChannelException();
    }
    channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return channel;
  }
}
