package io.ottla.network.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Cuts a stream of bytes into frames: a length of four bytes, then as many bytes.
 *
 * <p>A frame is always one contiguous buffer. One that lies wholly within what was read at once is
 * a slice of that, without a copy; a larger one is gathered in a buffer that grows with what has
 * arrived: at first up to {@value #FIRST_ALLOCATION} bytes, later never more than {@value #GROWTH}
 * times what was received, whatever length was announced.
 *
 * <p>Owned by one event loop. Frames are pulled, so that whoever pulls decides when to stop; bytes
 * not yet pulled stay here. {@link #release()} ends it.
 */
public final class FrameDecoder {
  static final int FIRST_ALLOCATION = 64 * 1024;
  static final int GROWTH = 8;
  private static final int LENGTH_BYTES = 4;

  private final int maxFrameBytes;
  private final ByteBufAllocator allocator;
  private final Deque<ByteBuf> queue = new ArrayDeque<>(2);
  private ByteBuf input;
  private int length;
  private int lengthBytes;
  private ByteBuf body;
  private boolean firstLengthSeen;

  public FrameDecoder(int maxFrameBytes, ByteBufAllocator allocator) {
    this.maxFrameBytes = maxFrameBytes;
    this.allocator = allocator;
  }

  /** Takes bytes over. */
  public void add(ByteBuf bytes) {
    if (input == null) {
      input = bytes;
    } else {
      queue.add(bytes);
    }
  }

  /**
   * The next frame without its length field, to be released by the caller; null when more bytes are
   * needed.
   *
   * @throws ProtocolException when the length cannot be; nothing can be pulled afterwards
   */
  public ByteBuf next() throws ProtocolException {
    while (nextInput()) {
      if (lengthBytes < LENGTH_BYTES && !readLength()) {
        continue;
      }
      if (body == null) {
        if (input.readableBytes() >= length) {
          return wholeFrame();
        }
        if (!input.isReadable()) {
          continue;
        }
      }
      gather();
      if (body.writerIndex() == length) {
        ByteBuf frame = body;
        body = null;
        lengthBytes = 0;
        return frame;
      }
    }
    return null;
  }

  /** Whether a frame has begun and is not complete. Meaningful after {@link #next()} gave null. */
  public boolean isMidFrame() {
    return lengthBytes > 0;
  }

  /** Bytes of the unfinished frame that are here. */
  public int receivedOfFrame() {
    return lengthBytes + (body == null ? 0 : body.writerIndex());
  }

  /** Gives back all bytes held. */
  public void release() {
    if (input != null) {
      input.release();
      input = null;
    }
    for (ByteBuf waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
      waiting.release();
    }
    if (body != null) {
      body.release();
      body = null;
    }
  }

  private boolean nextInput() {
    if (input != null && !input.isReadable()) {
      input.release();
      input = null;
    }
    if (input == null) {
      input = queue.poll();
    }
    return input != null;
  }

  private boolean readLength() throws ProtocolException {
    if (lengthBytes == 0 && input.readableBytes() >= LENGTH_BYTES) {
      length = input.readInt();
      lengthBytes = LENGTH_BYTES;
    } else {
      while (lengthBytes < LENGTH_BYTES && input.isReadable()) {
        length = length << 8 | input.readUnsignedByte();
        lengthBytes++;
      }
    }
    if (lengthBytes < LENGTH_BYTES) {
      return false;
    }
    if (!firstLengthSeen) {
      firstLengthSeen = true;
      Greeting.check(length);
    }
    if (length < 0 || length > maxFrameBytes) {
      throw new ProtocolException(
          CloseReason.FRAME_SIZE,
          "frame of " + length + " bytes announced, 0 to " + maxFrameBytes + " are allowed");
    }
    return true;
  }

  private ByteBuf wholeFrame() {
    ByteBuf frame;
    if (input.readableBytes() == length) {
      frame = input;
      input = null;
    } else {
      frame = input.readRetainedSlice(length);
    }
    lengthBytes = 0;
    return frame;
  }

  private void gather() {
    int count = Math.min(length - (body == null ? 0 : body.writerIndex()), input.readableBytes());
    long received = count + (body == null ? 0L : body.writerIndex());
    int capacity = (int) Math.min(length, Math.max(FIRST_ALLOCATION, GROWTH * received));
    if (body == null) {
      body = allocator.ioBuffer(capacity, length);
    } else if (body.writableBytes() < count) {
      body.capacity(capacity);
    }
    body.writeBytes(input, count);
  }
}
