package io.ottla.core.api.fetch;

import io.ottla.core.partition.FetchIsolation;
import io.ottla.core.partition.FetchOutcome;
import io.ottla.network.codec.RecordSets;
import java.util.List;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;

/**
 * Builds a fetch answer partition by partition. An incremental answer names a partition only if
 * something of it is new to the client.
 *
 * <p>Owned by the event loop of its request. The slices handed in belong to the message from then
 * on; the network closes them.
 */
final class FetchResponseBuilder {

  private final FetchParameters parameters;
  private final boolean incremental;
  private final FetchResponseData message;
  private FetchableTopicResponse current;

  FetchResponseBuilder(FetchParameters parameters, int sessionId, boolean incremental) {
    this.parameters = parameters;
    this.incremental = incremental;
    this.message = new FetchResponseData().setSessionId(sessionId);
  }

  FetchResponseData message() {
    return message;
  }

  /** Takes over the outcome's slice; false when the answer left the partition out. */
  boolean add(FetchTarget target, FetchOutcome outcome) {
    boolean hasRecords = !outcome.slice().isEmpty();
    boolean told =
        hasRecords
            || outcome.divergingEpoch() != null
            || outcome.preferredReadReplica() >= 0
            || target.changedSinceSent(outcome.highWatermark(), outcome.logStartOffset());
    if (incremental && !told) {
      outcome.slice().close();
      return false;
    }
    target.sent(outcome.highWatermark(), outcome.logStartOffset());
    PartitionData data =
        new PartitionData()
            .setPartitionIndex(target.partition())
            .setHighWatermark(outcome.highWatermark())
            .setLastStableOffset(outcome.lastStableOffset())
            .setLogStartOffset(outcome.logStartOffset())
            .setAbortedTransactions(abortedTransactions())
            .setPreferredReadReplica(outcome.preferredReadReplica());
    if (outcome.divergingEpoch() != null) {
      data.divergingEpoch()
          .setEpoch(outcome.divergingEpoch().epoch())
          .setEndOffset(outcome.divergingEpoch().endOffset());
      target.sentError(); // after it truncated, the client must hear the high watermark again
    }
    if (hasRecords) {
      RecordSets.set(data, List.of(new SegmentSlice(outcome.slice())));
    } else {
      outcome.slice().close();
      RecordSets.setEmpty(data);
    }
    append(target, data);
    return true;
  }

  PartitionData addError(FetchTarget target, Errors error) {
    target.sentError();
    PartitionData data =
        new PartitionData()
            .setPartitionIndex(target.partition())
            .setErrorCode(error.code())
            .setHighWatermark(-1)
            .setLastStableOffset(-1)
            .setLogStartOffset(-1)
            .setAbortedTransactions(abortedTransactions());
    RecordSets.setEmpty(data);
    append(target, data);
    return data;
  }

  private List<FetchResponseData.AbortedTransaction> abortedTransactions() {
    return parameters.isolation() == FetchIsolation.COMMITTED ? List.of() : null;
  }

  private void append(FetchTarget target, PartitionData data) {
    if (current == null || !sameTopic(current, target)) {
      current = new FetchableTopicResponse().setTopicId(target.topicId());
      if (target.name() != null) {
        current.setTopic(target.name());
      }
      message.responses().add(current);
    }
    current.partitions().add(data);
  }

  private static boolean sameTopic(FetchableTopicResponse topic, FetchTarget target) {
    return target.name() == null
        ? topic.topicId().equals(target.topicId())
        : topic.topic().equals(target.name());
  }
}
