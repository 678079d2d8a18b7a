package io.ottla.core.api.configs;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.core.config.ConfigEntry;
import io.ottla.core.config.ConfigSnapshot;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeConfigs: every configuration of topics and of this broker with where its value comes
 * from; what is stored for all brokers (empty broker name). Loggers answer an empty list: levels
 * are not changed over the wire. Sensitive values are null. Another broker describes itself.
 */
public final class DescribeConfigsHandler implements ApiHandler<DescribeConfigsRequestData> {
  private final int brokerId;
  private final Supplier<ClusterImage> image;
  private final Supplier<ConfigSnapshot> configs;

  public DescribeConfigsHandler(
      int brokerId, Supplier<ClusterImage> image, Supplier<ConfigSnapshot> configs) {
    this.brokerId = brokerId;
    this.image = image;
    this.configs = configs;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DESCRIBE_CONFIGS;
  }

  @Override
  public Class<DescribeConfigsRequestData> requestType() {
    return DescribeConfigsRequestData.class;
  }

  /** Thousands of topics may be asked for at once, with dozens of entries each. */
  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, DescribeConfigsRequestData body) {
    DescribeConfigsResponseData response = new DescribeConfigsResponseData();
    for (DescribeConfigsResource resource : body.resources()) {
      response.results().add(describe(resource, body));
    }
    request.respond(OutboundResponse.message(response));
  }

  private DescribeConfigsResult describe(
      DescribeConfigsResource resource, DescribeConfigsRequestData body) {
    try {
      List<ConfigEntry> entries = entries(resource);
      Set<String> wanted =
          resource.configurationKeys() == null || resource.configurationKeys().isEmpty()
              ? null
              : new HashSet<>(resource.configurationKeys());
      List<DescribeConfigsResourceResult> configurations = new ArrayList<>(entries.size());
      for (ConfigEntry entry : entries) {
        if (wanted == null || wanted.contains(entry.name())) {
          configurations.add(result(entry, body));
        }
      }
      return new DescribeConfigsResult()
          .setResourceType(resource.resourceType())
          .setResourceName(resource.resourceName())
          .setErrorMessage(null)
          .setConfigs(configurations);
    } catch (RuntimeException refused) {
      Responses.ItemError error =
          Responses.itemError(refused, "configuration of " + resource.resourceName());
      return errorResult(resource, error.error(), error.message());
    }
  }

  private List<ConfigEntry> entries(DescribeConfigsResource resource) {
    return switch (ConfigResources.type(resource.resourceType())) {
      case TOPIC -> {
        ClusterImage current = image.get();
        ConfigResources.requireTopic(current, resource.resourceName());
        yield configs.get().topics().describe(current.topicConfig(resource.resourceName()));
      }
      case BROKER -> {
        OptionalInt broker = ConfigResources.broker(resource.resourceName());
        if (broker.isEmpty()) {
          yield ConfigSnapshot.describeDefaults(image.get().defaultBrokerConfig());
        }
        requireSelf(broker.getAsInt());
        yield configs.get().describeBroker();
      }
      default -> {
        OptionalInt broker = ConfigResources.broker(resource.resourceName());
        requireSelf(broker.orElse(-1));
        yield List.of();
      }
    };
  }

  private void requireSelf(int broker) {
    if (broker != brokerId) {
      throw new InvalidRequestException(
          "This is broker " + brokerId + "; broker " + broker + " must be asked itself");
    }
  }

  private static DescribeConfigsResourceResult result(
      ConfigEntry entry, DescribeConfigsRequestData body) {
    DescribeConfigsResourceResult result =
        new DescribeConfigsResourceResult()
            .setName(entry.name())
            .setValue(entry.sensitive() ? null : entry.value())
            .setReadOnly(entry.readOnly())
            .setConfigSource(entry.source().code())
            .setIsSensitive(entry.sensitive())
            .setConfigType(entry.typeCode())
            .setDocumentation(body.includeDocumentation() ? entry.documentation() : null);
    if (body.includeSynonyms()) {
      for (ConfigEntry.Synonym synonym : entry.synonyms()) {
        result
            .synonyms()
            .add(
                new DescribeConfigsSynonym()
                    .setName(synonym.name())
                    .setValue(entry.sensitive() ? null : synonym.value())
                    .setSource(synonym.source().code()));
      }
    }
    return result;
  }

  private static DescribeConfigsResult errorResult(
      DescribeConfigsResource resource, Errors error, String message) {
    return new DescribeConfigsResult()
        .setResourceType(resource.resourceType())
        .setResourceName(resource.resourceName())
        .setErrorCode(error.code())
        .setErrorMessage(message);
  }

  @Override
  public DescribeConfigsResponseData errorResponse(
      DescribeConfigsRequestData body, short version, Errors error, String message) {
    DescribeConfigsResponseData response = new DescribeConfigsResponseData();
    body.resources()
        .forEach(resource -> response.results().add(errorResult(resource, error, message)));
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((DescribeConfigsResponseData) response)
        .results()
        .forEach(result -> counter.count(result.errorCode()));
  }
}
