package io.ottla.core.partition;

/**
 * Something that must always be true is not. The partition stops at once and stays offline until
 * the broker restarts; the other partitions go on.
 */
public final class InvariantViolation extends IllegalStateException {
  public InvariantViolation(String message) {
    super(message);
  }

  /** Throws unless {@code holds}. The message is built by the caller only when it is needed. */
  static void check(boolean holds, String what, Object partition, long left, long right) {
    if (!holds) {
      throw new InvariantViolation(partition + ": " + what + " (" + left + ", " + right + ")");
    }
  }
}
