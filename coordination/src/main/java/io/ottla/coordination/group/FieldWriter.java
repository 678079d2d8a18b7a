package io.ottla.coordination.group;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Growing buffer of the non-flexible field encodings. Not thread safe. */
final class FieldWriter {
  private ByteBuffer buffer = ByteBuffer.allocate(128);

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int needed = Math.addExact(buffer.position(), bytes);
      ByteBuffer grown = ByteBuffer.allocate(Math.max(needed, Math.min(1 << 30, needed * 2)));
      buffer = grown.put(buffer.flip());
    }
    return buffer;
  }

  FieldWriter int16(int value) {
    room(Short.BYTES).putShort((short) value);
    return this;
  }

  FieldWriter int32(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  FieldWriter int64(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  FieldWriter string(String value) {
    byte[] bytes = value.getBytes(UTF_8);
    if (bytes.length > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "A string of " + bytes.length + " bytes does not fit into a record: " + Short.MAX_VALUE);
    }
    int16(bytes.length);
    room(bytes.length).put(bytes);
    return this;
  }

  FieldWriter nullableString(String value) {
    return value == null ? int16(-1) : string(value);
  }

  FieldWriter bytes(byte[] value) {
    int32(value.length);
    room(value.length).put(value);
    return this;
  }

  byte[] toBytes() {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }
}
