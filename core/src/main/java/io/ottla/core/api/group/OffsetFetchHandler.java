package io.ottla.core.api.group;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetFetch: one group up to version 7, several from version 8, topics by id from version 10. The
 * stable flag asks for offsets of no open transaction; without transactions all are.
 */
public final class OffsetFetchHandler implements ApiHandler<OffsetFetchRequestData> {
  private static final short TOP_LEVEL_ERROR = 2;
  private static final short BATCHED = 8;
  private static final short TOPIC_IDS = 10;

  private final GroupRouter router;
  private final Supplier<ClusterImage> image;

  public OffsetFetchHandler(GroupRouter router, Supplier<ClusterImage> image) {
    this.router = router;
    this.image = image;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.OFFSET_FETCH;
  }

  @Override
  public Class<OffsetFetchRequestData> requestType() {
    return OffsetFetchRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, OffsetFetchRequestData body) {
    short version = request.version();
    List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
    for (OffsetFetchRequestGroup group : groups(body, version)) {
      answers.add(fetch(group, version >= TOPIC_IDS));
    }
    Responses.respondWhenDone(
        request, Responses.all(answers).thenApply(groups -> response(groups, version)));
  }

  private CompletableFuture<OffsetFetchResponseGroup> fetch(
      OffsetFetchRequestGroup group, boolean byId) {
    ClusterImage current = image.get();
    List<OffsetFetchResponseTopics> unknown = new ArrayList<>(0);
    OffsetFetchRequestGroup named = byId ? named(group, current, unknown) : group;
    return router
        .ask(
            group.groupId(),
            error -> failed(named, WriteErrors.forOffsets(error)),
            (GroupRouter.Operation<OffsetFetchResponseGroup>)
                (groups, now, reply) -> groups.fetchOffsets(named, reply))
        .thenApply(answer -> byId ? identified(answer, current, unknown) : answer);
  }

  /** The group's topics by name; those of unknown id are answered beside. */
  private static OffsetFetchRequestGroup named(
      OffsetFetchRequestGroup group,
      ClusterImage current,
      List<OffsetFetchResponseTopics> unknown) {
    if (group.topics() == null) {
      return group;
    }
    List<OffsetFetchRequestTopics> topics = new ArrayList<>(group.topics().size());
    for (OffsetFetchRequestTopics topic : group.topics()) {
      TopicImage found = current.topic(topic.topicId());
      if (found == null) {
        unknown.add(failed(topic, Errors.UNKNOWN_TOPIC_ID));
      } else {
        topics.add(topic.duplicate().setName(found.name()));
      }
    }
    return group.duplicate().setTopics(topics);
  }

  /** All offsets of a group may name topics that are gone: they have no id to be told by. */
  private static OffsetFetchResponseGroup identified(
      OffsetFetchResponseGroup answer,
      ClusterImage current,
      List<OffsetFetchResponseTopics> unknown) {
    List<OffsetFetchResponseTopics> topics = new ArrayList<>(answer.topics().size());
    for (OffsetFetchResponseTopics topic : answer.topics()) {
      TopicImage found = current.topic(topic.name());
      if (found != null) {
        topics.add(topic.setTopicId(found.id()));
      }
    }
    topics.addAll(unknown);
    return answer.setTopics(topics);
  }

  private static List<OffsetFetchRequestGroup> groups(OffsetFetchRequestData body, short version) {
    if (version >= BATCHED) {
      return body.groups();
    }
    List<OffsetFetchRequestTopics> topics = null;
    if (body.topics() != null) {
      topics = new ArrayList<>(body.topics().size());
      for (OffsetFetchRequestTopic topic : body.topics()) {
        topics.add(
            new OffsetFetchRequestTopics()
                .setName(topic.name())
                .setPartitionIndexes(topic.partitionIndexes()));
      }
    }
    return List.of(new OffsetFetchRequestGroup().setGroupId(body.groupId()).setTopics(topics));
  }

  private static OffsetFetchResponseData response(
      List<OffsetFetchResponseGroup> groups, short version) {
    OffsetFetchResponseData response = new OffsetFetchResponseData();
    if (version >= BATCHED) {
      return response.setGroups(groups);
    }
    OffsetFetchResponseGroup group = groups.get(0);
    for (OffsetFetchResponseTopics topic : group.topics()) {
      OffsetFetchResponseTopic answer = new OffsetFetchResponseTopic().setName(topic.name());
      for (OffsetFetchResponsePartitions partition : topic.partitions()) {
        answer
            .partitions()
            .add(
                new OffsetFetchResponsePartition()
                    .setPartitionIndex(partition.partitionIndex())
                    .setCommittedOffset(partition.committedOffset())
                    .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                    .setMetadata(partition.metadata())
                    .setErrorCode(partition.errorCode()));
      }
      response.topics().add(answer);
    }
    return version >= TOP_LEVEL_ERROR ? response.setErrorCode(group.errorCode()) : response;
  }

  private static OffsetFetchResponseGroup failed(OffsetFetchRequestGroup group, Errors error) {
    OffsetFetchResponseGroup answer =
        new OffsetFetchResponseGroup().setGroupId(group.groupId()).setErrorCode(error.code());
    if (group.topics() != null) {
      group.topics().forEach(topic -> answer.topics().add(failed(topic, error)));
    }
    return answer;
  }

  private static OffsetFetchResponseTopics failed(OffsetFetchRequestTopics topic, Errors error) {
    OffsetFetchResponseTopics answer =
        new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
    for (int partition : topic.partitionIndexes()) {
      answer
          .partitions()
          .add(
              new OffsetFetchResponsePartitions()
                  .setPartitionIndex(partition)
                  .setCommittedOffset(-1)
                  .setCommittedLeaderEpoch(-1)
                  .setMetadata("")
                  .setErrorCode(error.code()));
    }
    return answer;
  }

  @Override
  public OffsetFetchResponseData errorResponse(
      OffsetFetchRequestData body, short version, Errors error, String message) {
    return response(
        groups(body, version).stream().map(group -> failed(group, error)).toList(), version);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    OffsetFetchResponseData data = (OffsetFetchResponseData) response;
    data.groups().forEach(group -> counter.count(group.errorCode()));
    if (data.groups().isEmpty()) {
      counter.count(data.errorCode());
    }
  }
}
