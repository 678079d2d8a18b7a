package io.ottla.network.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A run of bytes of a file that a response carries. Holds the file open until {@link #close()},
 * which the network calls exactly once, on any thread, after the bytes left or the connection died.
 */
public interface FileSlice extends AutoCloseable {

  /** The file; stays open until {@link #close()} of this slice. */
  FileChannel channel();

  /** First byte of the run within the file. */
  long position();

  /** Number of bytes, positive. */
  int size();

  /**
   * Reads the whole run into {@code dst}, whose remaining space is at least {@link #size()}, and
   * moves its position by exactly that much.
   *
   * @throws IOException when the file cannot be read or ended before the run did
   */
  void readInto(ByteBuffer dst) throws IOException;

  @Override
  void close();
}
