package io.ottla.log;

/** A read below the log's start or above its end. Carries no stack trace: it is an answer. */
public final class OffsetOutOfRangeException extends RuntimeException {
  private final long offset;
  private final long startOffset;
  private final long endOffset;

  public OffsetOutOfRangeException(String log, long offset, long startOffset, long endOffset) {
    super(
        log + ": offset " + offset + " is outside [" + startOffset + ", " + endOffset + "]",
        null,
        false,
        false);
    this.offset = offset;
    this.startOffset = startOffset;
    this.endOffset = endOffset;
  }

  public long offset() {
    return offset;
  }

  public long startOffset() {
    return startOffset;
  }

  public long endOffset() {
    return endOffset;
  }
}
