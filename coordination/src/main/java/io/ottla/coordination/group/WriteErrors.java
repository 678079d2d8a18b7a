package io.ottla.coordination.group;

import org.apache.kafka.common.protocol.Errors;

/** What a client is told when the coordinator's own append failed. */
public final class WriteErrors {
  private WriteErrors() {}

  /** For JoinGroup, SyncGroup and the other operations on membership. */
  public static Errors forGroup(Errors error) {
    return switch (error) {
      case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND ->
          Errors.COORDINATOR_NOT_AVAILABLE;
      case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> Errors.NOT_COORDINATOR;
      // The record may still be committed: joining again is right in both cases.
      case REQUEST_TIMED_OUT -> Errors.REBALANCE_IN_PROGRESS;
      case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE ->
          Errors.UNKNOWN_SERVER_ERROR;
      default -> error;
    };
  }

  /** For everything that writes offsets. */
  public static Errors forOffsets(Errors error) {
    return switch (error) {
      case UNKNOWN_TOPIC_OR_PARTITION,
          NOT_ENOUGH_REPLICAS,
          NOT_ENOUGH_REPLICAS_AFTER_APPEND,
          REQUEST_TIMED_OUT ->
          Errors.COORDINATOR_NOT_AVAILABLE;
      case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> Errors.NOT_COORDINATOR;
      case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE ->
          Errors.INVALID_COMMIT_OFFSET_SIZE;
      default -> error;
    };
  }
}
