package io.ottla.network.codec;

import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * A message ready to be written: its parts (buffers and file regions) in order, each to be written
 * or released by the owner.
 *
 * @param sizeInBytes of all parts together, the length field included
 */
public record EncodedMessage(List<Object> parts, int sizeInBytes) {

  /** Releases every part, for a message that will not be written. */
  public void release() {
    parts.forEach(ReferenceCountUtil::release);
  }
}
