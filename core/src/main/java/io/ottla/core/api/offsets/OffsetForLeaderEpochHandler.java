package io.ottla.core.api.offsets;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.partition.Partitions;
import io.ottla.log.EpochEnd;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** OffsetForLeaderEpoch: where a leader epoch ended, so that a client notices truncation. */
public final class OffsetForLeaderEpochHandler
    implements ApiHandler<OffsetForLeaderEpochRequestData> {

  private final Partitions partitions;

  public OffsetForLeaderEpochHandler(Partitions partitions) {
    this.partitions = partitions;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
  }

  @Override
  public Class<OffsetForLeaderEpochRequestData> requestType() {
    return OffsetForLeaderEpochRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, OffsetForLeaderEpochRequestData body) {
    OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
    for (OffsetForLeaderTopic topic : body.topics()) {
      OffsetForLeaderTopicResult result = new OffsetForLeaderTopicResult().setTopic(topic.topic());
      for (OffsetForLeaderPartition asked : topic.partitions()) {
        result.partitions().add(lookUp(topic.topic(), asked));
      }
      response.topics().add(result);
    }
    request.respond(OutboundResponse.message(response));
  }

  private EpochEndOffset lookUp(String topic, OffsetForLeaderPartition asked) {
    try {
      EpochEnd end =
          partitions
              .require(topic, asked.partition())
              .endOffsetForEpoch(asked.currentLeaderEpoch(), asked.leaderEpoch());
      return new EpochEndOffset()
          .setPartition(asked.partition())
          .setLeaderEpoch(end.epoch())
          .setEndOffset(end.endOffset());
    } catch (ApiException refused) {
      return failure(asked, Errors.forException(refused));
    }
  }

  private static EpochEndOffset failure(OffsetForLeaderPartition asked, Errors error) {
    return new EpochEndOffset().setPartition(asked.partition()).setErrorCode(error.code());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    OffsetForLeaderEpochResponseData found = (OffsetForLeaderEpochResponseData) response;
    for (OffsetForLeaderTopicResult topic : found.topics()) {
      topic.partitions().forEach(partition -> counter.count(partition.errorCode()));
    }
  }

  @Override
  public OffsetForLeaderEpochResponseData errorResponse(
      OffsetForLeaderEpochRequestData body, short version, Errors error, String message) {
    OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
    for (OffsetForLeaderTopic topic : body.topics()) {
      OffsetForLeaderTopicResult result = new OffsetForLeaderTopicResult().setTopic(topic.topic());
      topic.partitions().forEach(asked -> result.partitions().add(failure(asked, error)));
      response.topics().add(result);
    }
    return response;
  }
}
