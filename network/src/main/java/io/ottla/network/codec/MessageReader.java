package io.ottla.network.codec;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * Reads messages from a frame, and limits what they may cost.
 *
 * <p>Byte-buffer fields and record sets become views of the frame; {@link #viewsTaken()} tells
 * whether there are any, that is, whether the frame must outlive the message. Everything else is
 * copied.
 *
 * <p>Limits: no read goes past the frame; every value read is charged with roughly the heap its
 * object takes, and the sum may not exceed {@value #BASE_BUDGET} + {@value #BUDGET_PER_BYTE} x the
 * frame's size, nor {@value #MAX_BUDGET}; arrays with colliding keys are refused; a section of
 * tagged fields holds at most {@value #MAX_TAGGED_FIELDS} unknown fields, which are skipped and not
 * kept.
 *
 * <p>One reader serves one connection, on its event loop: {@link #reset} starts the next frame.
 */
public final class MessageReader implements Readable {
  /** Unknown tagged fields allowed in one section. */
  public static final int MAX_TAGGED_FIELDS = 64;

  static final long BASE_BUDGET = 128 * 1024;
  static final long BUDGET_PER_BYTE = 16;
  static final long MAX_BUDGET = 64L * 1024 * 1024;

  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);
  private static final int VALUE_COST = 8;
  private static final int OBJECT_COST = 40;

  /** A varint is the length of a string, an array or tagged fields: an object comes with it. */
  private static final int VARINT_COST = 24;

  private ByteBuf frame;
  private long budget;
  private boolean viewsTaken;

  /** Reads so far, and what they were when the last unknown tagged field had been skipped. */
  private long reads;

  private long readsAtLastTag;
  private int tagsInSection;

  /** What was read last as the length of an array, and who looks at long ones. */
  private int lastCount;

  private KeyedArrayGuard guard;

  /** Starts with a frame's readable bytes; moves its reader index but not its reference count. */
  public void reset(ByteBuf newFrame) {
    frame = newFrame;
    budget = Math.min(MAX_BUDGET, BASE_BUDGET + BUDGET_PER_BYTE * newFrame.readableBytes());
    viewsTaken = false;
    reads = 0;
    readsAtLastTag = -1;
    tagsInSection = 0;
    lastCount = 0;
    guard = null;
  }

  /** Lets long arrays be looked at from now to the next {@link #reset}; null for no one. */
  void guard(KeyedArrayGuard newGuard) {
    guard = newGuard;
  }

  /** A reader of the same bytes from here on, with what is left of the budget. */
  MessageReader fork(KeyedArrayGuard itsGuard) {
    MessageReader fork = new MessageReader();
    fork.reset(frame.slice());
    fork.budget = budget;
    fork.guard = itsGuard;
    return fork;
  }

  /** Forgets the frame. */
  public void clear() {
    frame = null;
  }

  /** Whether something read since {@link #reset} is a view of the frame. */
  public boolean viewsTaken() {
    return viewsTaken;
  }

  @Override
  public byte readByte() {
    take(1);
    return frame.readByte();
  }

  @Override
  public short readShort() {
    take(2);
    return frame.readShort();
  }

  @Override
  public int readInt() {
    take(4);
    lastCount = frame.readInt();
    return lastCount;
  }

  @Override
  public long readLong() {
    take(8);
    return frame.readLong();
  }

  @Override
  public double readDouble() {
    take(8);
    return frame.readDouble();
  }

  @Override
  public byte[] readArray(int length) {
    take(length);
    charge(OBJECT_COST + (long) length);
    byte[] bytes = new byte[length];
    frame.readBytes(bytes);
    return bytes;
  }

  @Override
  public String readString(int length) {
    take(length);
    if (length == 0) {
      return "";
    }
    charge(OBJECT_COST + (long) length);
    String text = frame.toString(frame.readerIndex(), length, StandardCharsets.UTF_8);
    frame.skipBytes(length);
    return text;
  }

  @Override
  public Uuid readUuid() {
    long high = readLong();
    long low = readLong();
    if (high == 0 && low == 0) {
      return Uuid.ZERO_UUID;
    }
    charge(OBJECT_COST);
    return new Uuid(high, low);
  }

  @Override
  public ByteBuffer readByteBuffer(int length) {
    take(length);
    charge(2 * OBJECT_COST);
    if (length == 0) {
      return EMPTY;
    }
    viewsTaken = true;
    ByteBuffer view = frame.nioBuffer(frame.readerIndex(), length);
    frame.skipBytes(length);
    return view;
  }

  @Override
  public int readUnsignedVarint() {
    reads++;
    charge(VARINT_COST);
    require(1);
    int value = frame.readByte();
    if (value < 0) {
      value = readLongVarint(value);
    }
    lastCount = value - 1;
    return value;
  }

  private int readLongVarint(int first) {
    int value = first;
    value &= 0x7f;
    for (int shift = 7; shift <= 28; shift += 7) {
      require(1);
      int next = frame.readByte();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        if (shift == 28 && next > 0x0f) {
          break;
        }
        return value;
      }
    }
    throw new MalformedMessageException("Variable-length integer is longer than 32 bits");
  }

  @Override
  public int readVarint() {
    int raw = readUnsignedVarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  @Override
  public long readVarlong() {
    take(1);
    long raw = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      require(1);
      long next = frame.readByte();
      raw |= (next & 0x7f) << shift;
      if (next >= 0) {
        if (shift == 63 && next > 1) {
          break;
        }
        return (raw >>> 1) ^ -(raw & 1);
      }
    }
    throw new MalformedMessageException("Variable-length integer is longer than 64 bits");
  }

  /** The generated code asks right after it read the length of an array. */
  @Override
  public int remaining() {
    int bytes = frame.readableBytes();
    if (guard != null && lastCount > KeyedArrayGuard.UNCHECKED && lastCount <= bytes) {
      guard.check(this, lastCount);
    }
    lastCount = 0;
    return bytes;
  }

  @Override
  public Readable slice() {
    return fork(guard);
  }

  /**
   * Skips a field this schema does not know. Fields of one section follow each other with exactly
   * two reads (tag, size) in between, which is how a new section is told.
   */
  @Override
  public List<RawTaggedField> readUnknownTaggedField(
      List<RawTaggedField> fields, int tag, int size) {
    skipTaggedField(tag, size);
    return fields;
  }

  /** As {@link #readUnknownTaggedField}, for a header parsed by hand. */
  public void skipTaggedField(int tag, int size) {
    tagsInSection = reads - readsAtLastTag == 2 ? tagsInSection + 1 : 1;
    readsAtLastTag = reads;
    if (tagsInSection > MAX_TAGGED_FIELDS) {
      throw new MalformedMessageException(
          "More than "
              + MAX_TAGGED_FIELDS
              + " unknown tagged fields in one section, the last with tag "
              + tag);
    }
    require(size);
    frame.skipBytes(size);
  }

  private void take(int bytes) {
    reads++;
    charge(VALUE_COST);
    require(bytes);
  }

  private void require(int bytes) {
    if (bytes < 0) {
      throw new MalformedMessageException("Length " + bytes + " is negative");
    }
    if (frame.readableBytes() < bytes) {
      throw new MalformedMessageException(
          "Needs " + bytes + " more bytes, " + frame.readableBytes() + " are left");
    }
  }

  private void charge(long cost) {
    budget -= cost;
    if (budget < 0) {
      throw new MalformedMessageException("Too many values for a message of its size");
    }
  }
}
