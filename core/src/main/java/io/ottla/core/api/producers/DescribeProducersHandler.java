package io.ottla.core.api.producers;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.topics.TopicNames;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.log.PartitionLog;
import io.ottla.log.ProducerStateView;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeProducers: the producers this broker's replicas remember, leader or not. */
public final class DescribeProducersHandler implements ApiHandler<DescribeProducersRequestData> {
  private final Supplier<ClusterImage> image;
  private final Partitions partitions;

  public DescribeProducersHandler(Supplier<ClusterImage> image, Partitions partitions) {
    this.image = image;
    this.partitions = partitions;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DESCRIBE_PRODUCERS;
  }

  @Override
  public Class<DescribeProducersRequestData> requestType() {
    return DescribeProducersRequestData.class;
  }

  /** A partition may remember a hundred thousand producers. */
  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, DescribeProducersRequestData body) {
    DescribeProducersResponseData response = new DescribeProducersResponseData();
    for (TopicRequest topic : body.topics()) {
      TopicResponse result = new TopicResponse().setName(topic.name());
      for (int partition : topic.partitionIndexes()) {
        result.partitions().add(describe(topic.name(), partition));
      }
      response.topics().add(result);
    }
    request.respond(OutboundResponse.message(response));
  }

  private PartitionResponse describe(String topic, int index) {
    PartitionResponse result = new PartitionResponse().setPartitionIndex(index);
    if (!TopicNames.isValid(topic)) {
      return error(result, Errors.INVALID_TOPIC_EXCEPTION, null);
    }
    Partition partition = partitions.get(topic, index);
    PartitionLog log = partition == null ? null : partition.log();
    if (log == null) {
      return image.get().partition(topic, index) == null
          ? error(result, Errors.UNKNOWN_TOPIC_OR_PARTITION, null)
          : error(result, Errors.NOT_LEADER_OR_FOLLOWER, "This broker has no replica of it");
    }
    for (ProducerStateView producer : log.activeProducers()) {
      result
          .activeProducers()
          .add(
              new ProducerState()
                  .setProducerId(producer.producerId())
                  .setProducerEpoch(producer.epoch())
                  .setLastSequence(producer.lastSequence())
                  .setLastTimestamp(producer.lastTimestamp())
                  .setCoordinatorEpoch(producer.coordinatorEpoch())
                  .setCurrentTxnStartOffset(producer.currentTxnStartOffset()));
    }
    return result;
  }

  private static PartitionResponse error(PartitionResponse result, Errors error, String message) {
    return result.setErrorCode(error.code()).setErrorMessage(message);
  }

  @Override
  public DescribeProducersResponseData errorResponse(
      DescribeProducersRequestData body, short version, Errors error, String message) {
    DescribeProducersResponseData response = new DescribeProducersResponseData();
    for (TopicRequest topic : body.topics()) {
      TopicResponse result = new TopicResponse().setName(topic.name());
      for (int partition : topic.partitionIndexes()) {
        result
            .partitions()
            .add(error(new PartitionResponse().setPartitionIndex(partition), error, message));
      }
      response.topics().add(result);
    }
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((DescribeProducersResponseData) response)
        .topics()
        .forEach(
            topic -> topic.partitions().forEach(partition -> counter.count(partition.errorCode())));
  }
}
