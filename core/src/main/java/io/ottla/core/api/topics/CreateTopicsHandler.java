package io.ottla.core.api.topics;

import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.core.config.TopicConfigs;
import io.ottla.core.config.TopicCreationSettings;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * CreateTopics: on the controller only. Each topic is answered when all its partitions have leaders
 * in this broker's image, or with REQUEST_TIMED_OUT although it will still appear. Partitions and
 * replicas of -1 mean the broker's defaults (version 4); the answer tells configuration and id
 * (versions 5 and 7).
 */
public final class CreateTopicsHandler implements ApiHandler<CreateTopicsRequestData> {
  private static final int DEFAULT = -1;

  private final Coordination coordination;
  private final TopicCreationSettings defaults;
  private final Supplier<TopicConfigs> configs;

  public CreateTopicsHandler(
      Coordination coordination, TopicCreationSettings defaults, Supplier<TopicConfigs> configs) {
    this.coordination = coordination;
    this.defaults = defaults;
    this.configs = configs;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.CREATE_TOPICS;
  }

  @Override
  public Class<CreateTopicsRequestData> requestType() {
    return CreateTopicsRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, CreateTopicsRequestData body) {
    ControllerCheck.require(coordination);
    Set<String> repeated = repeatedNames(body);
    Map<String, CompletableFuture<CreatableTopicResult>> results = new LinkedHashMap<>();
    for (CreatableTopic topic : body.topics()) {
      results.computeIfAbsent(
          topic.name(),
          name ->
              create(request.version(), body, topic, repeated.contains(name))
                  .exceptionally(failure -> failed(name, failure)));
    }
    Responses.respondWhenDone(
        request,
        Responses.all(List.copyOf(results.values()))
            .thenApply(
                topics -> {
                  CreateTopicsResponseData response = new CreateTopicsResponseData();
                  topics.forEach(response.topics()::mustAdd);
                  return response;
                }));
  }

  private static Set<String> repeatedNames(CreateTopicsRequestData body) {
    Set<String> seen = new HashSet<>();
    Set<String> repeated = new HashSet<>();
    for (CreatableTopic topic : body.topics()) {
      if (!seen.add(topic.name())) {
        repeated.add(topic.name());
      }
    }
    return repeated;
  }

  private CompletableFuture<CreatableTopicResult> create(
      short version, CreateTopicsRequestData body, CreatableTopic topic, boolean repeated) {
    try {
      if (repeated) {
        throw new InvalidRequestException(
            "The request names topic " + topic.name() + " more than once");
      }
      NewTopicSpec spec = specOf(topic);
      AdminTimeout timeout = new AdminTimeout(body.timeoutMs());
      CompletableFuture<TopicImage> created =
          coordination.admin().createTopic(spec, body.validateOnly(), timeout.duration());
      if (!body.validateOnly()) {
        created = timeout.bound(created, "Creation of topic " + topic.name());
      }
      return created.thenApply(image -> result(version, spec, image, body.validateOnly()));
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  // What needs the cluster to judge (name, numbers, brokers) is judged by the controller's plan.
  private NewTopicSpec specOf(CreatableTopic topic) {
    Map<String, String> overrides = overrides(topic);
    configs.get().validate(overrides);
    if (topic.assignments().isEmpty()) {
      return new NewTopicSpec(
          topic.name(),
          topic.numPartitions() == DEFAULT ? defaults.numPartitions() : topic.numPartitions(),
          topic.replicationFactor() == DEFAULT
              ? defaults.replicationFactor()
              : topic.replicationFactor(),
          List.of(),
          overrides);
    }
    if (topic.numPartitions() != DEFAULT || topic.replicationFactor() != DEFAULT) {
      throw new InvalidRequestException(
          "Topic "
              + topic.name()
              + ": give either assignments or numbers of partitions and replicas, not both");
    }
    List<List<Integer>> assignments = assignments(topic);
    return new NewTopicSpec(
        topic.name(),
        assignments.size(),
        (short) assignments.get(0).size(),
        assignments,
        overrides);
  }

  private static List<List<Integer>> assignments(CreatableTopic topic) {
    int partitions = topic.assignments().size();
    List<List<Integer>> byPartition = new ArrayList<>(Collections.nCopies(partitions, null));
    for (CreatableReplicaAssignment assignment : topic.assignments()) {
      int partition = assignment.partitionIndex();
      if (partition < 0 || partition >= partitions || byPartition.get(partition) != null) {
        throw new InvalidReplicaAssignmentException(
            "Topic %s: assignments must name each partition from 0 to %d once, %d does not fit"
                .formatted(topic.name(), partitions - 1, partition));
      }
      byPartition.set(partition, List.copyOf(assignment.brokerIds()));
    }
    return byPartition;
  }

  private static Map<String, String> overrides(CreatableTopic topic) {
    Map<String, String> overrides = new LinkedHashMap<>();
    for (CreatableTopicConfig config : topic.configs()) {
      if (config.value() == null) {
        throw new InvalidConfigurationException(
            "Topic " + topic.name() + ": null is not a value for " + config.name());
      }
      overrides.put(config.name(), config.value());
    }
    return overrides;
  }

  private CreatableTopicResult result(
      short version, NewTopicSpec spec, TopicImage topic, boolean validateOnly) {
    int partitions = spec.assignments().isEmpty() ? spec.partitions() : spec.assignments().size();
    return new CreatableTopicResult()
        .setName(spec.name())
        .setTopicId(validateOnly ? Uuid.ZERO_UUID : topic.id())
        .setNumPartitions(partitions)
        .setReplicationFactor(spec.replicationFactor())
        .setConfigs(version < 5 ? List.of() : describe(spec.config()));
  }

  private List<CreatableTopicConfigs> describe(Map<String, String> overrides) {
    List<CreatableTopicConfigs> entries = new ArrayList<>();
    configs
        .get()
        .describe(overrides)
        .forEach(
            entry ->
                entries.add(
                    new CreatableTopicConfigs()
                        .setName(entry.name())
                        .setValue(entry.value())
                        .setReadOnly(entry.readOnly())
                        .setConfigSource(entry.source().code())
                        .setIsSensitive(entry.sensitive())));
    return entries;
  }

  private static CreatableTopicResult failed(String topic, Throwable failure) {
    Responses.ItemError error = Responses.itemError(failure, "creation of topic " + topic);
    return errorResult(topic, error.error(), error.message());
  }

  private static CreatableTopicResult errorResult(String topic, Errors error, String message) {
    return new CreatableTopicResult()
        .setName(topic)
        .setErrorCode(error.code())
        .setErrorMessage(message)
        .setConfigs(null);
  }

  @Override
  public CreateTopicsResponseData errorResponse(
      CreateTopicsRequestData body, short version, Errors error, String message) {
    CreateTopicsResponseData response = new CreateTopicsResponseData();
    Set<String> names = new HashSet<>();
    for (CreatableTopic topic : body.topics()) {
      if (names.add(topic.name())) {
        response.topics().mustAdd(errorResult(topic.name(), error, message));
      }
    }
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((CreateTopicsResponseData) response)
        .topics()
        .forEach(topic -> counter.count(topic.errorCode()));
  }
}
