package io.ottla.log.segment;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The few file operations everything here is made of.
 *
 * <p>A {@link FileChannel} is closed under all its users when a thread is interrupted inside it.
 * These operations therefore put a pending interrupt aside and restore it afterwards.
 */
public final class DiskIo {
  private DiskIo() {}

  /** Reads until {@code dst} is full. */
  static void readFully(FileChannel channel, ByteBuffer dst, long position) throws IOException {
    long at = position;
    while (dst.hasRemaining()) {
      int n = channel.read(dst, at);
      if (n < 0) {
        throw new EOFException("file ends at " + at + ", " + dst.remaining() + " bytes too early");
      }
      at += n;
    }
  }

  static void writeFully(FileChannel channel, ByteBuffer src, long position) throws IOException {
    long at = position;
    while (src.hasRemaining()) {
      at += channel.write(src, at);
    }
  }

  /** Makes creations, renames and removals inside {@code directory} durable. */
  public static void forceDirectory(Path directory) throws IOException {
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } finally {
      restore(interrupted);
    }
  }

  /** Makes the content of {@code file} durable. */
  public static void forceFile(Path file) throws IOException {
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    } finally {
      restore(interrupted);
    }
  }

  static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
