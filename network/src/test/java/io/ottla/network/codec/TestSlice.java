package io.ottla.network.codec;

import io.ottla.network.api.FileSlice;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A slice of a test's file that counts how often it was closed. */
public final class TestSlice implements FileSlice {
  private final FileChannel channel;
  private final long position;
  private final int size;
  private volatile int closed;

  public TestSlice(FileChannel channel, long position, int size) {
    this.channel = channel;
    this.position = position;
    this.size = size;
  }

  @Override
  public FileChannel channel() {
    return channel;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void readInto(ByteBuffer dst) throws IOException {
    ByteBuffer part = dst.slice().limit(size);
    while (part.hasRemaining()) {
      if (channel.read(part, position + part.position()) < 0) {
        throw new EOFException("File ends before the slice");
      }
    }
    dst.position(dst.position() + size);
  }

  @Override
  public synchronized void close() {
    closed++;
  }

  /** How often it was closed; anything but 1 at the end is a defect. */
  public int closed() {
    return closed;
  }
}
