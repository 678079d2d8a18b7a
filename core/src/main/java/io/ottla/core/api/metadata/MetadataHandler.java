package io.ottla.core.api.metadata;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.core.api.topics.TopicNames;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Metadata: the live brokers as this client reaches them, and topics by name, by id (from version
 * 12) or all of them (null list; in version 0 an empty one).
 *
 * <p>A missing topic is created where the request and the broker allow it, and the answer waits
 * until its partitions have leaders: nobody sees LEADER_NOT_AVAILABLE for having used a new topic.
 *
 * <p>Runs on the event loop, but an answer of many partitions is made on the executor so that the
 * loop's other connections do not wait for it.
 */
public final class MetadataHandler implements ApiHandler<MetadataRequestData> {
  private static final int PARTITIONS_ON_EVENT_LOOP = 1_000;
  private static final short TOPIC_IDS = 12;

  private final Supplier<ClusterImage> image;
  private final MetadataAnswers answers;
  private final TopicCreation creation;
  private final boolean autoCreate;
  private final Executor bulk;

  /**
   * @param autoCreate auto.create.topics.enable
   * @param bulk where large answers are made; bounded
   */
  public MetadataHandler(
      Supplier<ClusterImage> image,
      MetadataAnswers answers,
      TopicCreation creation,
      boolean autoCreate,
      Executor bulk) {
    this.image = image;
    this.answers = answers;
    this.creation = creation;
    this.autoCreate = autoCreate;
    this.bulk = bulk;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.METADATA;
  }

  @Override
  public Class<MetadataRequestData> requestType() {
    return MetadataRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, MetadataRequestData body) {
    if (isSmall(body, request.version())) {
      serve(request, body);
      return;
    }
    try {
      bulk.execute(
          () -> {
            try {
              serve(request, body);
            } catch (RuntimeException failure) {
              request.respond(Responses.failure(failure));
            }
          });
    } catch (RejectedExecutionException full) {
      serve(request, body); // late for the loop's neighbours, but metadata is never refused
    }
  }

  private boolean isSmall(MetadataRequestData body, short version) {
    ClusterImage current = image.get();
    int room = PARTITIONS_ON_EVENT_LOOP;
    if (wantsAll(body, version)) {
      for (TopicImage topic : current.topics()) {
        room -= 1 + topic.partitions().size();
        if (room < 0) {
          return false;
        }
      }
      return true;
    }
    for (MetadataRequestTopic asked : body.topics()) {
      TopicImage topic =
          byName(asked) && asked.name() != null
              ? current.topic(asked.name())
              : current.topic(asked.topicId());
      room -= 1 + (topic == null ? 0 : topic.partitions().size());
      if (room < 0) {
        return false;
      }
    }
    return true;
  }

  private void serve(InboundRequest request, MetadataRequestData body) {
    checkIds(body, request.version());
    Map<String, CompletableFuture<TopicImage>> created = createMissing(request, body);
    if (created.isEmpty()) {
      request.respond(OutboundResponse.message(answer(request, body, Map.of())));
      return;
    }
    Map<String, Throwable> failures = new ConcurrentHashMap<>();
    CompletableFuture<?>[] settled =
        created.entrySet().stream()
            .map(
                entry ->
                    entry
                        .getValue()
                        .handle(
                            (topic, failure) ->
                                failure == null ? null : failures.put(entry.getKey(), failure)))
            .toArray(CompletableFuture[]::new);
    Responses.respondWhenDone(
        request,
        CompletableFuture.allOf(settled).thenApply(done -> answer(request, body, failures)));
  }

  private Map<String, CompletableFuture<TopicImage>> createMissing(
      InboundRequest request, MetadataRequestData body) {
    if (!autoCreate || !body.allowAutoTopicCreation() || wantsAll(body, request.version())) {
      return Map.of();
    }
    ClusterImage current = image.get();
    Map<String, CompletableFuture<TopicImage>> created = new HashMap<>(0);
    for (MetadataRequestTopic topic : body.topics()) {
      String name = topic.name();
      // A topic that is being deleted is still there: it cannot be created before it is gone.
      if (byName(topic) && TopicNames.isValid(name) && current.topic(name) == null) {
        created.computeIfAbsent(name, creation::ensure);
      }
    }
    return created;
  }

  private MetadataResponseData answer(
      InboundRequest request, MetadataRequestData body, Map<String, Throwable> failures) {
    ClusterImage current = image.get();
    short version = request.version();
    MetadataAnswers.Answer answer =
        answers.start(current, request.context(), version, body.includeTopicAuthorizedOperations());
    List<MetadataResponseTopic> topics = new ArrayList<>();
    if (wantsAll(body, version)) {
      for (TopicImage topic : current.topics()) {
        if (!topic.deleting()) {
          topics.add(answer.topic(topic));
        }
      }
    } else {
      // The answer is keyed by name: a topic asked for twice is answered once.
      Map<Object, MetadataResponseTopic> distinct = new LinkedHashMap<>();
      for (MetadataRequestTopic topic : body.topics()) {
        distinct.computeIfAbsent(
            byName(topic) ? topic.name() : topic.topicId(),
            key -> one(answer, current, topic, failures));
      }
      topics.addAll(distinct.values());
    }
    MetadataResponseTopicCollection collection = new MetadataResponseTopicCollection(topics.size());
    topics.forEach(collection::mustAdd);
    MetadataResponseData response = answer.response().setTopics(collection);
    if (version >= 8 && version <= 10 && body.includeClusterAuthorizedOperations()) {
      response.setClusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    return response;
  }

  private static MetadataResponseTopic one(
      MetadataAnswers.Answer answer,
      ClusterImage current,
      MetadataRequestTopic asked,
      Map<String, Throwable> failures) {
    boolean byName = byName(asked);
    TopicImage topic = byName ? current.topic(asked.name()) : current.topic(asked.topicId());
    if (topic != null && !topic.deleting()) {
      return answer.topic(topic);
    }
    if (!byName) {
      return answer.error(null, asked.topicId(), Errors.UNKNOWN_TOPIC_ID);
    }
    Errors error = Errors.UNKNOWN_TOPIC_OR_PARTITION;
    if (!TopicNames.isValid(asked.name())) {
      error = Errors.INVALID_TOPIC_EXCEPTION;
    } else if (failures.containsKey(asked.name())) {
      Errors failure = Responses.errorOf(failures.get(asked.name()));
      // Not there in time: clients wait and ask again only for this error.
      error = failure == Errors.REQUEST_TIMED_OUT ? Errors.LEADER_NOT_AVAILABLE : failure;
    }
    return answer.error(asked.name(), Uuid.ZERO_UUID, error);
  }

  // Versions 10 and 11 have the fields of topic ids, but no broker ever served them.
  private static void checkIds(MetadataRequestData body, short version) {
    if (body.topics() == null) {
      return;
    }
    for (MetadataRequestTopic topic : body.topics()) {
      if (version < TOPIC_IDS
          && (topic.name() == null || !topic.topicId().equals(Uuid.ZERO_UUID))) {
        throw new InvalidRequestException(
            "Metadata version " + version + " takes topics by name only, ids need version 12");
      }
      if (topic.name() == null && topic.topicId().equals(Uuid.ZERO_UUID)) {
        throw new InvalidRequestException("A topic was asked for with neither name nor id");
      }
    }
  }

  private static boolean byName(MetadataRequestTopic topic) {
    return topic.topicId().equals(Uuid.ZERO_UUID);
  }

  private static boolean wantsAll(MetadataRequestData body, short version) {
    return body.topics() == null || (version == 0 && body.topics().isEmpty());
  }

  @Override
  public MetadataResponseData errorResponse(
      MetadataRequestData body, short version, Errors error, String message) {
    MetadataResponseData response = new MetadataResponseData().setErrorCode(error.code());
    if (body.topics() != null) {
      Map<Object, MetadataRequestTopic> distinct = new LinkedHashMap<>();
      for (MetadataRequestTopic topic : body.topics()) {
        distinct.putIfAbsent(
            List.of(topic.name() == null ? "" : topic.name(), topic.topicId()), topic);
      }
      for (MetadataRequestTopic topic : distinct.values()) {
        String name = topic.name() == null && version < TOPIC_IDS ? "" : topic.name();
        response
            .topics()
            .mustAdd(
                new MetadataResponseTopic()
                    .setErrorCode(error.code())
                    .setName(name)
                    .setTopicId(topic.topicId()));
      }
    }
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (MetadataResponseTopic topic : ((MetadataResponseData) response).topics()) {
      counter.count(topic.errorCode());
    }
  }
}
