package io.ottla.log.batch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Zig-zag variable-length integers: at most 5 bytes for 32 bits, 10 for 64. */
final class Varint {
  private Varint() {}

  static void write(ByteArrayOutputStream out, long value) {
    long v = (value << 1) ^ (value >> 63);
    while ((v & ~0x7FL) != 0) {
      out.write((int) (v & 0x7F) | 0x80);
      v >>>= 7;
    }
    out.write((int) v);
  }

  static int size(long value) {
    long v = (value << 1) ^ (value >> 63);
    return Math.max(1, (64 - Long.numberOfLeadingZeros(v) + 6) / 7);
  }

  static int readInt(ByteBuffer in) {
    long value = readLong(in, 5);
    return toInt(value);
  }

  static long readLong(ByteBuffer in) {
    return readLong(in, 10);
  }

  private static long readLong(ByteBuffer in, int maxBytes) {
    long v = 0;
    for (int i = 0; i < maxBytes; i++) {
      byte b;
      try {
        b = in.get();
      } catch (BufferUnderflowException e) {
        throw new CorruptBatchException("varint cut at the end of the record", e);
      }
      v |= (long) (b & 0x7F) << (7 * i);
      if (b >= 0) {
        return (v >>> 1) ^ -(v & 1);
      }
    }
    throw new CorruptBatchException("varint longer than " + maxBytes + " bytes");
  }

  /** Reads one 32-bit value, or fails at the end of the stream. */
  static int readInt(InputStream in) throws IOException {
    long v = 0;
    for (int i = 0; i < 5; i++) {
      int b = in.read();
      if (b < 0) {
        throw new CorruptBatchException("records end after fewer records than counted");
      }
      v |= (long) (b & 0x7F) << (7 * i);
      if ((b & 0x80) == 0) {
        return toInt((v >>> 1) ^ -(v & 1));
      }
    }
    throw new CorruptBatchException("varint longer than 5 bytes");
  }

  private static int toInt(long value) {
    if (value != (int) value) {
      throw new CorruptBatchException("varint " + value + " does not fit 32 bits");
    }
    return (int) value;
  }
}
