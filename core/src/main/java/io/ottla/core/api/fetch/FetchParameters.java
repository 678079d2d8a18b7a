package io.ottla.core.api.fetch;

import io.ottla.core.partition.FetchIsolation;
import org.apache.kafka.common.message.FetchRequestData;

/**
 * What holds for a whole fetch request, read from whichever fields its version has.
 *
 * @param version the request's version
 * @param replicaId the fetching broker, -1 for a consumer
 * @param replicaEpoch the broker epoch of the fetching broker, -1 for a consumer
 * @param minBytes wait until this many bytes can be returned
 * @param maxBytes return no more than this, but always one batch
 * @param deadlineNanos answer at this monotonic time with what there is
 */
record FetchParameters(
    short version,
    int replicaId,
    long replicaEpoch,
    FetchIsolation isolation,
    int minBytes,
    int maxBytes,
    long deadlineNanos,
    String rack) {

  private static final short FIRST_VERSION_WITH_REPLICA_STATE = 15;
  private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;
  private static final byte READ_COMMITTED = 1;

  static FetchParameters of(
      FetchRequestData body, short version, int maxResponseBytes, long deadlineNanos) {
    int replicaId = replicaId(body, version);
    return new FetchParameters(
        version,
        replicaId,
        version >= FIRST_VERSION_WITH_REPLICA_STATE ? body.replicaState().replicaEpoch() : -1,
        isolation(replicaId, body.isolationLevel()),
        body.minBytes(),
        Math.min(body.maxBytes(), maxResponseBytes),
        deadlineNanos,
        body.rackId());
  }

  /** The fetching broker, -1 for a consumer. */
  static int replicaId(FetchRequestData body, short version) {
    return version >= FIRST_VERSION_WITH_REPLICA_STATE
        ? body.replicaState().replicaId()
        : body.replicaId();
  }

  private static FetchIsolation isolation(int replicaId, byte level) {
    if (replicaId >= 0) {
      return FetchIsolation.LOG_END;
    }
    return level == READ_COMMITTED ? FetchIsolation.COMMITTED : FetchIsolation.HIGH_WATERMARK;
  }

  boolean follower() {
    return replicaId >= 0;
  }

  boolean byTopicId() {
    return version >= FIRST_VERSION_WITH_TOPIC_IDS;
  }
}
