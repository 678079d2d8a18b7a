package io.ottla.core.api.metadata;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicNames;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeTopicPartitions: topics in order of their names (an empty list asks for all), a bounded
 * number of partitions at a time. The cursor of an answer names the first partition that did not
 * fit and is where the next request starts. Shows eligible leader replicas.
 */
public final class DescribeTopicPartitionsHandler
    implements ApiHandler<DescribeTopicPartitionsRequestData> {
  /** Most partitions in one answer, whatever the client asks for. */
  static final int MAX_PARTITIONS = 2_000;

  private final Supplier<ClusterImage> image;
  private final ClientEndpoints endpoints;

  public DescribeTopicPartitionsHandler(Supplier<ClusterImage> image, ClientEndpoints endpoints) {
    this.image = image;
    this.endpoints = endpoints;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
  }

  @Override
  public Class<DescribeTopicPartitionsRequestData> requestType() {
    return DescribeTopicPartitionsRequestData.class;
  }

  /** All topic names may have to be sorted: not on an event loop. */
  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, DescribeTopicPartitionsRequestData body) {
    DescribeTopicPartitionsRequestData.Cursor cursor = body.cursor();
    if (cursor != null && cursor.partitionIndex() < 0) {
      throw new InvalidRequestException(
          "The cursor's partition is " + cursor.partitionIndex() + ", must not be negative");
    }
    int limit = Math.min(MAX_PARTITIONS, body.responsePartitionLimit());
    if (limit < 1) {
      throw new InvalidRequestException(
          "ResponsePartitionLimit is " + limit + ", must be at least 1");
    }
    ClusterImage current = image.get();
    NavigableSet<String> names = names(current, body);
    if (cursor != null) {
      names = names.tailSet(cursor.topicName(), true);
    }
    DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
    int left = limit;
    for (String name : names) {
      int from = cursor != null && name.equals(cursor.topicName()) ? cursor.partitionIndex() : 0;
      if (left == 0) {
        response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(from));
        break;
      }
      TopicImage topic = current.topic(name);
      if (topic == null || topic.deleting()) {
        response.topics().mustAdd(unknown(name));
        continue;
      }
      int to = Math.min(topic.partitions().size(), from + left);
      response.topics().mustAdd(describe(request, current, topic, Math.min(from, to), to));
      left -= Math.max(0, to - from);
      if (to < topic.partitions().size()) {
        response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(to));
        break;
      }
    }
    request.respond(OutboundResponse.message(response));
  }

  private static NavigableSet<String> names(
      ClusterImage current, DescribeTopicPartitionsRequestData body) {
    NavigableSet<String> names = new TreeSet<>();
    if (body.topics().isEmpty()) {
      for (TopicImage topic : current.topics()) {
        if (!topic.deleting()) {
          names.add(topic.name());
        }
      }
    } else {
      for (TopicRequest topic : body.topics()) {
        names.add(topic.name());
      }
    }
    return names;
  }

  private static DescribeTopicPartitionsResponseTopic unknown(String name) {
    Errors error =
        TopicNames.isValid(name)
            ? Errors.UNKNOWN_TOPIC_OR_PARTITION
            : Errors.INVALID_TOPIC_EXCEPTION;
    return new DescribeTopicPartitionsResponseTopic()
        .setName(name)
        .setErrorCode(error.code())
        .setIsInternal(InternalTopics.isInternal(name));
  }

  private DescribeTopicPartitionsResponseTopic describe(
      InboundRequest request, ClusterImage current, TopicImage topic, int from, int to) {
    List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      PartitionView view =
          PartitionView.of(
              current,
              topic.partitions().get(i),
              broker -> endpoints.of(request.context(), broker).isPresent(),
              Errors.LISTENER_NOT_FOUND);
      partitions.add(
          new DescribeTopicPartitionsResponsePartition()
              .setErrorCode(view.error().code())
              .setPartitionIndex(view.partition())
              .setLeaderId(view.leader())
              .setLeaderEpoch(view.leaderEpoch())
              .setReplicaNodes(view.replicas())
              .setIsrNodes(view.isr())
              .setEligibleLeaderReplicas(view.eligible())
              .setLastKnownElr(List.of())
              .setOfflineReplicas(view.offline()));
    }
    return new DescribeTopicPartitionsResponseTopic()
        .setName(topic.name())
        .setTopicId(topic.id())
        .setIsInternal(InternalTopics.isInternal(topic.name()))
        .setTopicAuthorizedOperations(AuthorizedOperations.TOPIC)
        .setPartitions(partitions);
  }

  @Override
  public DescribeTopicPartitionsResponseData errorResponse(
      DescribeTopicPartitionsRequestData body, short version, Errors error, String message) {
    DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
    NavigableSet<String> names = new TreeSet<>();
    body.topics().forEach(topic -> names.add(topic.name()));
    for (String name : names) {
      response
          .topics()
          .mustAdd(
              new DescribeTopicPartitionsResponseTopic().setName(name).setErrorCode(error.code()));
    }
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (DescribeTopicPartitionsResponseTopic topic :
        ((DescribeTopicPartitionsResponseData) response).topics()) {
      counter.count(topic.errorCode());
    }
  }
}
