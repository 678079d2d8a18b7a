package io.ottla.core.api.topics;

import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ElectLeaders: on the controller only. Makes the first assigned replica the leader again (type 0,
 * the only one in version 0), or gives partitions without a leader whichever replica is alive (type
 * 1, may lose records). A null list means all partitions; those that need no election are then left
 * out of the answer.
 */
public final class ElectLeadersHandler implements ApiHandler<ElectLeadersRequestData> {
  private static final byte PREFERRED = 0;
  private static final byte UNCLEAN = 1;

  private final Coordination coordination;

  public ElectLeadersHandler(Coordination coordination) {
    this.coordination = coordination;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.ELECT_LEADERS;
  }

  @Override
  public Class<ElectLeadersRequestData> requestType() {
    return ElectLeadersRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, ElectLeadersRequestData body) {
    ControllerCheck.require(coordination);
    AdminTimeout timeout = new AdminTimeout(body.timeoutMs());
    Map<TopicPartition, Optional<ApiException>> unknown = new LinkedHashMap<>();
    Set<TopicPartition> known = body.topicPartitions() == null ? null : split(body, unknown);
    CompletableFuture<Map<TopicPartition, Optional<ApiException>>> elections =
        known != null && known.isEmpty()
            ? CompletableFuture.completedFuture(Map.of())
            : timeout.bound(
                coordination.admin().electLeaders(type(body), known, timeout.duration()),
                "The election of leaders");
    Responses.respondWhenDone(
        request,
        elections.thenApply(
            outcomes -> {
              Map<TopicPartition, Optional<ApiException>> all = new LinkedHashMap<>(unknown);
              all.putAll(outcomes);
              return response(all, known == null);
            }));
  }

  private static ElectionType type(ElectLeadersRequestData body) {
    return switch (body.electionType()) {
      case PREFERRED -> ElectionType.PREFERRED;
      case UNCLEAN -> ElectionType.UNCLEAN;
      default ->
          throw new InvalidRequestException(
              "Unknown election type " + body.electionType() + ", must be 0 or 1");
    };
  }

  private Set<TopicPartition> split(
      ElectLeadersRequestData body, Map<TopicPartition, Optional<ApiException>> unknown) {
    Set<TopicPartition> known = new LinkedHashSet<>();
    for (TopicPartitions topic : body.topicPartitions()) {
      for (int partition : topic.partitions()) {
        TopicPartition asked = new TopicPartition(topic.topic(), partition);
        if (coordination.image().partition(topic.topic(), partition) == null) {
          unknown.put(
              asked,
              Optional.of(new UnknownTopicOrPartitionException("There is no partition " + asked)));
        } else {
          known.add(asked);
        }
      }
    }
    return known;
  }

  private static ElectLeadersResponseData response(
      Map<TopicPartition, Optional<ApiException>> outcomes, boolean all) {
    Map<String, ReplicaElectionResult> byTopic = new LinkedHashMap<>();
    outcomes.forEach(
        (partition, refusal) -> {
          PartitionResult result = new PartitionResult().setPartitionId(partition.partition());
          if (refusal.isPresent()) {
            Responses.ItemError error =
                Responses.itemError(refusal.get(), "election of a leader for " + partition);
            if (all && error.error() == Errors.ELECTION_NOT_NEEDED) {
              return;
            }
            result.setErrorCode(error.error().code()).setErrorMessage(error.message());
          } else {
            result.setErrorMessage(null);
          }
          add(byTopic, partition.topic(), result);
        });
    ElectLeadersResponseData response = new ElectLeadersResponseData();
    response.replicaElectionResults().addAll(byTopic.values());
    return response;
  }

  private static void add(
      Map<String, ReplicaElectionResult> byTopic, String topic, PartitionResult result) {
    byTopic
        .computeIfAbsent(topic, name -> new ReplicaElectionResult().setTopic(name))
        .partitionResult()
        .add(result);
  }

  @Override
  public ElectLeadersResponseData errorResponse(
      ElectLeadersRequestData body, short version, Errors error, String message) {
    ElectLeadersResponseData response = new ElectLeadersResponseData();
    if (version >= 1) {
      response.setErrorCode(error.code());
    }
    if (body.topicPartitions() != null) {
      Map<String, ReplicaElectionResult> byTopic = new LinkedHashMap<>();
      for (TopicPartitions topic : body.topicPartitions()) {
        for (int partition : topic.partitions()) {
          add(
              byTopic,
              topic.topic(),
              new PartitionResult()
                  .setPartitionId(partition)
                  .setErrorCode(error.code())
                  .setErrorMessage(message));
        }
      }
      response.replicaElectionResults().addAll(byTopic.values());
    }
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ElectLeadersResponseData data = (ElectLeadersResponseData) response;
    if (data.errorCode() != 0) {
      counter.count(data.errorCode());
    }
    data.replicaElectionResults()
        .forEach(
            topic -> topic.partitionResult().forEach(result -> counter.count(result.errorCode())));
  }
}
