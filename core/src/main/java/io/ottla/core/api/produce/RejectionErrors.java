package io.ottla.core.api.produce;

import io.ottla.log.BatchRejectedException;
import org.apache.kafka.common.protocol.Errors;

/**
 * The one total function from storage's reasons to refuse a batch to the protocol's error codes.
 */
final class RejectionErrors {

  private RejectionErrors() {}

  static Errors of(BatchRejectedException.Reason reason) {
    return switch (reason) {
      case CORRUPT -> Errors.CORRUPT_MESSAGE;
      case INVALID_RECORD -> Errors.INVALID_RECORD;
      case INVALID_TIMESTAMP -> Errors.INVALID_TIMESTAMP;
      case MESSAGE_TOO_LARGE -> Errors.MESSAGE_TOO_LARGE;
      case RECORD_LIST_TOO_LARGE -> Errors.RECORD_LIST_TOO_LARGE;
      case UNSUPPORTED_MAGIC -> Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT;
      case UNSUPPORTED_CODEC -> Errors.UNSUPPORTED_COMPRESSION_TYPE;
      case OUT_OF_ORDER_SEQUENCE -> Errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
      case INVALID_PRODUCER_EPOCH -> Errors.INVALID_PRODUCER_EPOCH;
      case INVALID_TXN_STATE -> Errors.INVALID_TXN_STATE;
      case COORDINATOR_FENCED -> Errors.TRANSACTION_COORDINATOR_FENCED;
      // Only a follower's append can see a gap; from a client it would be a bug of ours.
      case UNEXPECTED_OFFSET -> Errors.UNKNOWN_SERVER_ERROR;
    };
  }
}
