package io.ottla.network.client;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicReference;

/** An answer and the frame its record sets are views of, if there are any. */
final class FrameResponse implements ClientResponse {
  private final Object body;
  private final short version;
  private final AtomicReference<ByteBuf> frame;

  /**
   * @param frame owned by the response from now on, null for none
   */
  FrameResponse(Object body, short version, ByteBuf frame) {
    this.body = body;
    this.version = version;
    this.frame = new AtomicReference<>(frame);
  }

  @Override
  public <T> T body(Class<T> type) {
    return type.cast(body);
  }

  @Override
  public short version() {
    return version;
  }

  @Override
  public void close() {
    ByteBuf held = frame.getAndSet(null);
    if (held != null) {
      held.release();
    }
  }
}
