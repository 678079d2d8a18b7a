package io.ottla.core.api.group;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * OffsetCommit, topics by name and from version 10 by id. Partitions that the image does not know
 * are refused here; the rest goes to the group.
 */
public final class OffsetCommitHandler implements ApiHandler<OffsetCommitRequestData> {
  private static final short TOPIC_IDS = 10;

  private final GroupRouter router;
  private final Supplier<ClusterImage> image;

  public OffsetCommitHandler(GroupRouter router, Supplier<ClusterImage> image) {
    this.router = router;
    this.image = image;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.OFFSET_COMMIT;
  }

  @Override
  public Class<OffsetCommitRequestData> requestType() {
    return OffsetCommitRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, OffsetCommitRequestData body) {
    boolean byId = request.version() >= TOPIC_IDS;
    ClusterImage current = image.get();
    List<OffsetCommitRequestTopic> known = new ArrayList<>(body.topics().size());
    List<OffsetCommitResponseTopic> refused = new ArrayList<>(0);
    for (OffsetCommitRequestTopic topic : body.topics()) {
      TopicImage found = byId ? current.topic(topic.topicId()) : current.topic(topic.name());
      split(topic, found, byId, known, refused);
    }
    if (known.isEmpty() && !body.topics().isEmpty()) {
      request.respond(OutboundResponse.message(new OffsetCommitResponseData().setTopics(refused)));
      return;
    }
    OffsetCommitRequestData accepted = body.duplicate().setTopics(known);
    router.submit(
        body.groupId(),
        new RequestReply<OffsetCommitResponseData>(
            request,
            response -> with(response, refused),
            error -> with(all(accepted, WriteErrors.forOffsets(error)), refused)),
        (groups, now, reply) -> groups.commitOffsets(accepted, now, reply));
  }

  private static void split(
      OffsetCommitRequestTopic topic,
      TopicImage found,
      boolean byId,
      List<OffsetCommitRequestTopic> known,
      List<OffsetCommitResponseTopic> refused) {
    int count = found == null || found.deleting() ? 0 : found.partitions().size();
    List<OffsetCommitRequestPartition> accepted = new ArrayList<>(topic.partitions().size());
    OffsetCommitResponseTopic answer =
        new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
    Errors error =
        byId && found == null ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
    for (OffsetCommitRequestPartition partition : topic.partitions()) {
      if (partition.partitionIndex() >= 0 && partition.partitionIndex() < count) {
        accepted.add(partition);
      } else {
        answer.partitions().add(failed(partition, error));
      }
    }
    if (!accepted.isEmpty()) {
      known.add(
          new OffsetCommitRequestTopic()
              .setName(found.name())
              .setTopicId(topic.topicId())
              .setPartitions(accepted));
    }
    if (!answer.partitions().isEmpty()) {
      refused.add(answer);
    }
  }

  private static OffsetCommitResponsePartition failed(
      OffsetCommitRequestPartition partition, Errors error) {
    return new OffsetCommitResponsePartition()
        .setPartitionIndex(partition.partitionIndex())
        .setErrorCode(error.code());
  }

  /** One entry per topic, also when some of its partitions were refused here. */
  private static OffsetCommitResponseData with(
      OffsetCommitResponseData response, List<OffsetCommitResponseTopic> refused) {
    for (OffsetCommitResponseTopic topic : refused) {
      OffsetCommitResponseTopic same = null;
      for (OffsetCommitResponseTopic answered : response.topics()) {
        if (answered.topicId().equals(topic.topicId())
            && (answered.name().equals(topic.name()) || topic.name().isEmpty())) {
          same = answered;
        }
      }
      if (same == null) {
        response.topics().add(topic);
      } else {
        same.partitions().addAll(topic.partitions());
      }
    }
    return response;
  }

  private static OffsetCommitResponseData all(OffsetCommitRequestData body, Errors error) {
    OffsetCommitResponseData response = new OffsetCommitResponseData();
    for (OffsetCommitRequestTopic topic : body.topics()) {
      OffsetCommitResponseTopic answer =
          new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
      topic.partitions().forEach(partition -> answer.partitions().add(failed(partition, error)));
      response.topics().add(answer);
    }
    return response;
  }

  @Override
  public OffsetCommitResponseData errorResponse(
      OffsetCommitRequestData body, short version, Errors error, String message) {
    return all(body, error);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (OffsetCommitResponseTopic topic : ((OffsetCommitResponseData) response).topics()) {
      topic.partitions().forEach(partition -> counter.count(partition.errorCode()));
    }
  }
}
