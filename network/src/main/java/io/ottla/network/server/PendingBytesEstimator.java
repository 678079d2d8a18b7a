package io.ottla.network.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.netty.channel.MessageSizeEstimator;

/**
 * Counts unsent bytes for the write buffer's water marks; unlike Netty's own it counts file regions
 * with their size, so that a slow reader is not given an endless number of open files.
 */
final class PendingBytesEstimator implements MessageSizeEstimator {
  @Override
  public Handle newHandle() {
    return message -> {
      if (message instanceof ByteBuf bytes) {
        return bytes.readableBytes();
      }
      if (message instanceof FileRegion region) {
        return (int) Math.min(Integer.MAX_VALUE, region.count());
      }
      return 0;
    };
  }
}
