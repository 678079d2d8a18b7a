package io.ottla.coordination.group;

import java.util.Arrays;

/**
 * Opaque bytes of a member (subscription, assignment) as a value. Always true: the bytes never
 * change after construction; callers of {@link #bytes()} must not write to them.
 */
public final class Blob {
  public static final Blob EMPTY = new Blob(new byte[0]);

  private final byte[] bytes;

  private Blob(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Takes the array over without a copy; null counts as empty. */
  public static Blob of(byte[] bytes) {
    return bytes == null || bytes.length == 0 ? EMPTY : new Blob(bytes);
  }

  public byte[] bytes() {
    return bytes;
  }

  public int size() {
    return bytes.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Blob blob && Arrays.equals(bytes, blob.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
