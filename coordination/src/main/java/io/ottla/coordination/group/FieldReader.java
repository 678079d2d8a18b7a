package io.ottla.coordination.group;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Reads fields in order; lengths are checked against what is left before anything is allocated. Not
 * thread safe.
 */
final class FieldReader {
  private final ByteBuffer in;
  private boolean flexible;

  FieldReader(ByteBuffer in) {
    this.in = in.duplicate();
  }

  void flexible(boolean value) {
    this.flexible = value;
  }

  short int16() {
    return in.getShort();
  }

  int int32() {
    return in.getInt();
  }

  long int64() {
    return in.getLong();
  }

  String string() {
    String value = nullableString();
    return value == null ? "" : value;
  }

  String nullableString() {
    int length = flexible ? unsignedVarint() - 1 : in.getShort();
    byte[] bytes = take(length);
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  byte[] bytes() {
    return take(flexible ? unsignedVarint() - 1 : in.getInt());
  }

  int arrayLength() {
    int length = flexible ? unsignedVarint() - 1 : in.getInt();
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    return Math.max(0, length);
  }

  /** Skips the tagged fields that end a flexible structure; nothing otherwise. */
  void taggedFields() {
    if (!flexible) {
      return;
    }
    for (int left = unsignedVarint(); left > 0; left--) {
      unsignedVarint();
      take(unsignedVarint());
    }
  }

  private byte[] take(int length) {
    if (length < 0) {
      return null;
    }
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private int unsignedVarint() {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("A length of a record is not a variable-length integer.");
  }
}
