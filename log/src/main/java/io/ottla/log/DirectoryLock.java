package io.ottla.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The operating system's lock on {@code .lock}: one broker per directory. */
final class DirectoryLock implements AutoCloseable {
  private static final String FILE = ".lock";

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  static DirectoryLock take(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this very process: the same answer as held by another one.
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          "log.dirs entry "
              + directory
              + " is in use by another broker (its .lock is held); stop that one or use another"
              + " directory");
    }
    return new DirectoryLock(channel);
  }

  /** Closing the channel gives up the lock. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
