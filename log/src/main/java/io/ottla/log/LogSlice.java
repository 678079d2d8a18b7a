package io.ottla.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Skeleton of the signatures. */
public final class LogSlice implements AutoCloseable {
  private LogSlice() {}

  public FileChannel channel() {
    return Skeleton.later(FileChannel.class);
  }

  public long position() {
    return Skeleton.later(Long.class);
  }

  public int size() {
    return Skeleton.later(Integer.class);
  }

  public boolean isEmpty() {
    return Skeleton.later(Boolean.class);
  }

  /** Base offset of the first batch; -1 when empty. */
  public long baseOffset() {
    return Skeleton.later(Long.class);
  }

  public void readInto(ByteBuffer dst) throws IOException {
    Skeleton.later(Void.class);
  }

  @Override
  public void close() {}
}
