package io.ottla.core.api.topics;

import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.core.config.TopicCreationSettings;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DeleteTopics: on the controller only, by name, and by id from version 6. A topic is answered when
 * its name is free again in this broker's image.
 */
public final class DeleteTopicsHandler implements ApiHandler<DeleteTopicsRequestData> {
  private static final short IDS = 6;
  private static final short DELETION_DISABLED = 3;

  private final Coordination coordination;
  private final TopicCreationSettings settings;

  public DeleteTopicsHandler(Coordination coordination, TopicCreationSettings settings) {
    this.coordination = coordination;
    this.settings = settings;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DELETE_TOPICS;
  }

  @Override
  public Class<DeleteTopicsRequestData> requestType() {
    return DeleteTopicsRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, DeleteTopicsRequestData body) {
    ControllerCheck.require(coordination);
    if (!settings.deleteEnabled()) {
      String message = "Topics cannot be deleted here: delete.topic.enable is false";
      throw request.version() < DELETION_DISABLED
          ? new InvalidRequestException(message)
          : new TopicDeletionDisabledException(message);
    }
    AdminTimeout timeout = new AdminTimeout(body.timeoutMs());
    List<DeleteTopicState> asked = asked(body, request.version());
    Map<Uuid, Integer> timesAsked = new HashMap<>();
    for (DeleteTopicState topic : asked) {
      TopicImage image = find(topic);
      if (image != null) {
        timesAsked.merge(image.id(), 1, Integer::sum);
      }
    }
    List<CompletableFuture<DeletableTopicResult>> results = new ArrayList<>();
    Set<Object> answered = new HashSet<>();
    for (DeleteTopicState topic : asked) {
      if (answered.add(List.of(topic.name() == null ? "" : topic.name(), topic.topicId()))) {
        results.add(
            delete(topic, timesAsked, timeout).exceptionally(failure -> failed(topic, failure)));
      }
    }
    Responses.respondWhenDone(
        request,
        Responses.all(results)
            .thenApply(
                topics -> {
                  DeleteTopicsResponseData response = new DeleteTopicsResponseData();
                  topics.forEach(response.responses()::mustAdd);
                  return response;
                }));
  }

  private static List<DeleteTopicState> asked(DeleteTopicsRequestData body, short version) {
    if (version >= IDS) {
      return body.topics();
    }
    return body.topicNames().stream().map(name -> new DeleteTopicState().setName(name)).toList();
  }

  private TopicImage find(DeleteTopicState topic) {
    return topic.name() != null
        ? coordination.image().topic(topic.name())
        : coordination.image().topic(topic.topicId());
  }

  private CompletableFuture<DeletableTopicResult> delete(
      DeleteTopicState asked, Map<Uuid, Integer> timesAsked, AdminTimeout timeout) {
    try {
      boolean byId = !asked.topicId().equals(Uuid.ZERO_UUID);
      if ((asked.name() != null) == byId) {
        throw new InvalidRequestException("Name a topic either by name or by id");
      }
      TopicImage topic = find(asked);
      if (topic == null || topic.deleting()) {
        throw byId
            ? new UnknownTopicIdException("There is no topic with id " + asked.topicId())
            : new UnknownTopicOrPartitionException("There is no topic " + asked.name());
      }
      if (timesAsked.getOrDefault(topic.id(), 0) > 1) {
        throw new InvalidRequestException(
            "The request names topic " + topic.name() + " more than once");
      }
      return timeout
          .bound(
              coordination.admin().deleteTopic(topic.id(), timeout.duration()),
              "Deletion of topic " + topic.name())
          .handle(
              (done, failure) -> {
                DeletableTopicResult result =
                    failure == null ? new DeletableTopicResult() : failed(asked, failure);
                return result.setName(topic.name()).setTopicId(topic.id());
              });
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private static DeletableTopicResult failed(DeleteTopicState topic, Throwable failure) {
    Responses.ItemError error = Responses.itemError(failure, "deletion of topic " + topic);
    return errorResult(topic, error.error(), error.message());
  }

  private static DeletableTopicResult errorResult(
      DeleteTopicState topic, Errors error, String message) {
    return new DeletableTopicResult()
        .setName(topic.name())
        .setTopicId(topic.topicId())
        .setErrorCode(error.code())
        .setErrorMessage(message);
  }

  @Override
  public DeleteTopicsResponseData errorResponse(
      DeleteTopicsRequestData body, short version, Errors error, String message) {
    DeleteTopicsResponseData response = new DeleteTopicsResponseData();
    asked(body, version)
        .forEach(topic -> response.responses().mustAdd(errorResult(topic, error, message)));
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((DeleteTopicsResponseData) response)
        .responses()
        .forEach(topic -> counter.count(topic.errorCode()));
  }
}
