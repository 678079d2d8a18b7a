package io.ottla.core.api.fetch;

import io.ottla.log.LogSlice;
import io.ottla.network.api.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A slice of a log's segment as the network carries it; closing it lets the segment go. */
record SegmentSlice(LogSlice slice) implements FileSlice {

  @Override
  public FileChannel channel() {
    return slice.channel();
  }

  @Override
  public long position() {
    return slice.position();
  }

  @Override
  public int size() {
    return slice.size();
  }

  @Override
  public void readInto(ByteBuffer destination) throws IOException {
    slice.readInto(destination);
  }

  @Override
  public void close() {
    slice.close();
  }
}
