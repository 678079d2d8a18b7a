package io.ottla.log;

import java.util.List;

/**
 * A batch was refused and nothing was written. It is the answer to one request, made on the hot
 * path, so it carries no stack trace.
 */
public final class BatchRejectedException extends Exception {
  /** Why; {@code core} maps each to one protocol error. */
  public enum Reason {
    /** The bytes are not a whole batch with a matching checksum. */
    CORRUPT,
    /** Well formed, but breaks a rule for records sent by clients. */
    INVALID_RECORD,
    INVALID_TIMESTAMP,
    MESSAGE_TOO_LARGE,
    RECORD_LIST_TOO_LARGE,
    UNSUPPORTED_MAGIC,
    UNSUPPORTED_CODEC,
    OUT_OF_ORDER_SEQUENCE,
    INVALID_PRODUCER_EPOCH,
    INVALID_TXN_STATE,
    /** A marker from a transaction coordinator that has been replaced. */
    COORDINATOR_FENCED,
    /** A follower was handed offsets that do not continue its log. */
    UNEXPECTED_OFFSET
  }

  /**
   * One refused record.
   *
   * @param batchIndex its index in the batch, from 0
   * @param message why
   */
  public record RecordError(int batchIndex, String message) {}

  private final Reason reason;
  private final transient List<RecordError> recordErrors;

  public BatchRejectedException(Reason reason, String message) {
    this(reason, message, List.of());
  }

  public BatchRejectedException(Reason reason, String message, List<RecordError> recordErrors) {
    super(message, null, false, false);
    this.reason = reason;
    this.recordErrors = List.copyOf(recordErrors);
  }

  public Reason reason() {
    return reason;
  }

  /** The single records at fault; empty when the batch as a whole is. */
  public List<RecordError> recordErrors() {
    return recordErrors;
  }
}
