package io.ottla.core.api.group;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.ClientEndpoints.HostPort;
import io.ottla.core.api.Responses;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * FindCoordinator: one key up to version 3, several from version 4. The offsets topic is created by
 * the first request, which then waits until it has leaders: the first consumer of a cluster starts
 * without retries. An error says why.
 */
public final class FindCoordinatorHandler implements ApiHandler<FindCoordinatorRequestData> {
  private static final short BATCHED = 4;
  private static final byte GROUP = 0;
  private static final byte TRANSACTION = 1;

  private final Supplier<ClusterImage> image;
  private final ClientEndpoints endpoints;
  private final TopicCreation creation;

  public FindCoordinatorHandler(
      Supplier<ClusterImage> image, ClientEndpoints endpoints, TopicCreation creation) {
    this.image = image;
    this.endpoints = endpoints;
    this.creation = creation;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.FIND_COORDINATOR;
  }

  @Override
  public Class<FindCoordinatorRequestData> requestType() {
    return FindCoordinatorRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, FindCoordinatorRequestData body) {
    List<String> keys = keys(body, request.version());
    if (body.keyType() != GROUP || allLed(keys)) {
      respond(request, body, null);
      return;
    }
    // Nobody waits for this stage: responding is its end.
    var unused =
        creation
            .ensure(InternalTopics.CONSUMER_OFFSETS)
            .handle(
                (topic, failure) -> {
                  try {
                    respond(request, body, failure);
                  } catch (RuntimeException broken) {
                    request.respond(Responses.failure(broken));
                  }
                  return null;
                });
  }

  private static List<String> keys(FindCoordinatorRequestData body, short version) {
    return version >= BATCHED ? body.coordinatorKeys() : List.of(body.key());
  }

  private boolean allLed(List<String> keys) {
    ClusterImage current = image.get();
    for (String key : keys) {
      if (leader(current, key).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private static Optional<BrokerRegistration> leader(ClusterImage current, String group) {
    TopicImage topic = current.topic(InternalTopics.CONSUMER_OFFSETS);
    if (topic == null || topic.partitions().isEmpty()) {
      return Optional.empty();
    }
    int partition = GroupRouter.partitionOf(group, topic.partitions().size());
    PartitionImage found = topic.partitions().get(partition);
    return found.state() == null ? Optional.empty() : current.broker(found.state().leader());
  }

  private void respond(
      InboundRequest request, FindCoordinatorRequestData body, Throwable creationFailure) {
    ClusterImage current = image.get();
    List<Coordinator> coordinators = new ArrayList<>();
    for (String key : keys(body, request.version())) {
      coordinators.add(one(request, current, body.keyType(), key, creationFailure));
    }
    request.respond(OutboundResponse.message(response(coordinators, request.version())));
  }

  private Coordinator one(
      InboundRequest request,
      ClusterImage current,
      byte keyType,
      String key,
      Throwable creationFailure) {
    if (keyType == TRANSACTION) {
      return failed(
          key,
          Errors.COORDINATOR_NOT_AVAILABLE,
          "This broker does not coordinate transactions yet");
    }
    if (keyType != GROUP) {
      return failed(
          key, Errors.INVALID_REQUEST, "Coordinators of key type " + keyType + " are not known");
    }
    Optional<BrokerRegistration> leader = leader(current, key);
    if (leader.isEmpty()) {
      return failed(key, Errors.COORDINATOR_NOT_AVAILABLE, whyNot(current, key, creationFailure));
    }
    Optional<HostPort> endpoint = endpoints.of(request.context(), leader.get());
    if (endpoint.isEmpty()) {
      return failed(
          key,
          Errors.COORDINATOR_NOT_AVAILABLE,
          "The coordinator, broker "
              + leader.get().id()
              + ", has no endpoint of listener "
              + request.context().listenerName());
    }
    return new Coordinator()
        .setKey(key)
        .setNodeId(leader.get().id())
        .setHost(endpoint.get().host())
        .setPort(endpoint.get().port())
        .setErrorCode(Errors.NONE.code())
        .setErrorMessage("");
  }

  private static String whyNot(ClusterImage current, String key, Throwable creationFailure) {
    TopicImage topic = current.topic(InternalTopics.CONSUMER_OFFSETS);
    if (topic == null) {
      return InternalTopics.CONSUMER_OFFSETS
          + " could not be created: "
          + (creationFailure == null
              ? "it is not there yet"
              : Responses.messageOf(creationFailure));
    }
    int partition = GroupRouter.partitionOf(key, Math.max(1, topic.partitions().size()));
    return "No live broker leads "
        + InternalTopics.CONSUMER_OFFSETS
        + "-"
        + partition
        + (partition < topic.partitions().size()
            ? ", whose replicas are brokers " + topic.partitions().get(partition).replicas()
            : "");
  }

  private static Coordinator failed(String key, Errors error, String message) {
    return new Coordinator()
        .setKey(key)
        .setNodeId(-1)
        .setHost("")
        .setPort(-1)
        .setErrorCode(error.code())
        .setErrorMessage(message == null ? error.message() : message);
  }

  private static FindCoordinatorResponseData response(
      List<Coordinator> coordinators, short version) {
    if (version >= BATCHED) {
      return new FindCoordinatorResponseData().setCoordinators(coordinators);
    }
    Coordinator only = coordinators.get(0);
    return new FindCoordinatorResponseData()
        .setErrorCode(only.errorCode())
        .setErrorMessage(only.errorMessage())
        .setNodeId(only.nodeId())
        .setHost(only.host())
        .setPort(only.port());
  }

  @Override
  public FindCoordinatorResponseData errorResponse(
      FindCoordinatorRequestData body, short version, Errors error, String message) {
    List<String> keys = keys(body, version);
    return response(keys.stream().map(key -> failed(key, error, message)).toList(), version);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    FindCoordinatorResponseData data = (FindCoordinatorResponseData) response;
    data.coordinators().forEach(coordinator -> counter.count(coordinator.errorCode()));
    if (data.coordinators().isEmpty()) {
      counter.count(data.errorCode());
    }
  }
}
