package io.ottla.log.batch;

/** Bytes that are no record batch. Carries no stack trace: hostile input makes many of them. */
public final class CorruptBatchException extends RuntimeException {
  public CorruptBatchException(String message) {
    super(message, null, false, false);
  }

  public CorruptBatchException(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
