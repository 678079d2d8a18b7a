package io.ottla.network.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import io.ottla.network.api.FileSlice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;

/**
 * Writes one message as a list of parts: a pooled buffer, cut where a large record set goes between
 * its pieces. The one place that decides how a record set leaves: small ones are read into the
 * buffer, large ones become file regions (sendfile) or wrapped buffers.
 *
 * <p>Used once, by one thread. Either {@link #finish} hands over the parts or {@link #abort}
 * releases them.
 */
final class MessageWriter implements Writable {
  /** Record bytes copied into one message's buffer; beyond, even small sets become parts. */
  static final int MAX_INLINE_TOTAL = 512 * 1024;

  private final ByteBuf buffer;
  private final int maxInline;
  private final int expectedBytes;

  /** Bytes of the buffer that record sets must leave to the rest of the message. */
  private int reserved;

  private int inlined;
  private int partStart;
  private int partBytes;
  private List<Object> parts;

  /**
   * @param headBytes length field and header
   */
  MessageWriter(ByteBufAllocator allocator, int headBytes, Size size, int maxInline) {
    this.maxInline = maxInline;
    this.reserved = headBytes + size.sizeExcludingZeroCopy();
    this.expectedBytes = headBytes + size.totalSize();
    this.buffer = allocator.ioBuffer(reserved + size.inline);
  }

  /** Sums up a message's size, and how much of its records will be copied. */
  static final class Size extends MessageSizeAccumulator {
    private final int maxInline;
    private int inline;

    Size(int maxInline) {
      this.maxInline = maxInline;
    }

    @Override
    public void addZeroCopyBytes(int bytes) {
      super.addZeroCopyBytes(bytes);
      if (bytes <= maxInline && inline + bytes <= MAX_INLINE_TOTAL) {
        inline += bytes;
      }
    }
  }

  /** The parts, in order; the caller owns them. */
  List<Object> finish() {
    int actual = buffer.writerIndex() + partBytes;
    if (actual != expectedBytes) {
      throw new IllegalStateException(
          "Message was announced with " + expectedBytes + " bytes and has " + actual);
    }
    if (parts == null) {
      return List.of(buffer);
    }
    cut();
    buffer.release();
    return parts;
  }

  /** Releases what was written. */
  void abort() {
    if (parts != null) {
      parts.forEach(ReferenceCountUtil::release);
    }
    buffer.release();
  }

  @Override
  public void writeRecords(BaseRecords records) {
    if (!(records instanceof FileRecordSet files)) {
      Writable.super.writeRecords(records);
      return;
    }
    for (FileSlice slice = files.take(); slice != null; slice = files.take()) {
      if (inlines(slice.size())) {
        inline(slice);
      } else {
        FileSliceRegion region = new FileSliceRegion(slice);
        addPart(region, slice.size());
      }
    }
  }

  @Override
  public void writeByteBuffer(ByteBuffer bytes) {
    int size = bytes.remaining();
    if (inlines(size)) {
      buffer.writeBytes(bytes.duplicate());
      inlined += size;
    } else {
      addPart(Unpooled.wrappedBuffer(bytes.slice()), size);
    }
  }

  private boolean inlines(int size) {
    int room = buffer.writableBytes() - (reserved - (buffer.writerIndex() - inlined));
    return size <= maxInline && size <= room;
  }

  private void inline(FileSlice slice) {
    try (slice) {
      int size = slice.size();
      ByteBuffer target = buffer.internalNioBuffer(buffer.writerIndex(), size);
      int end = target.position() + size;
      slice.readInto(target);
      if (target.position() != end) {
        throw new IOException(
            "File slice gave " + (size - (end - target.position())) + " of " + size + " bytes");
      }
      buffer.writerIndex(buffer.writerIndex() + size);
      inlined += size;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the records of a response", e);
    }
  }

  private void addPart(Object part, int size) {
    if (parts == null) {
      parts = new ArrayList<>(8);
    }
    cut();
    parts.add(part);
    partBytes += size;
  }

  private void cut() {
    int length = buffer.writerIndex() - partStart;
    if (length > 0) {
      parts.add(buffer.retainedSlice(partStart, length));
      partStart = buffer.writerIndex();
    }
  }

  @Override
  public void writeByte(byte value) {
    buffer.writeByte(value);
  }

  @Override
  public void writeShort(short value) {
    buffer.writeShort(value);
  }

  @Override
  public void writeInt(int value) {
    buffer.writeInt(value);
  }

  @Override
  public void writeLong(long value) {
    buffer.writeLong(value);
  }

  @Override
  public void writeDouble(double value) {
    buffer.writeDouble(value);
  }

  @Override
  public void writeByteArray(byte[] bytes) {
    buffer.writeBytes(bytes);
  }

  @Override
  public void writeUnsignedVarint(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      buffer.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    buffer.writeByte(rest);
  }

  @Override
  public void writeVarint(int value) {
    writeUnsignedVarint((value << 1) ^ (value >> 31));
  }

  @Override
  public void writeVarlong(long value) {
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7fL) != 0) {
      buffer.writeByte((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    buffer.writeByte((int) rest);
  }
}
