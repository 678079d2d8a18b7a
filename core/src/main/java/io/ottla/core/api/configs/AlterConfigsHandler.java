package io.ottla.core.api.configs;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * AlterConfigs: the older way, which replaces everything set on a topic, on this broker, or for all
 * brokers; what is not named goes back to its default.
 */
public final class AlterConfigsHandler implements ApiHandler<AlterConfigsRequestData> {
  private final ConfigWriter writer;

  public AlterConfigsHandler(ConfigWriter writer) {
    this.writer = writer;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.ALTER_CONFIGS;
  }

  @Override
  public Class<AlterConfigsRequestData> requestType() {
    return AlterConfigsRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, AlterConfigsRequestData body) {
    List<CompletableFuture<AlterConfigsResourceResponse>> results = new ArrayList<>();
    for (AlterConfigsResource resource : body.resources()) {
      results.add(
          alter(resource, body.validateOnly())
              .handle((done, failure) -> result(resource, failure)));
    }
    Responses.respondWhenDone(
        request,
        Responses.all(results)
            .thenApply(
                responses ->
                    new AlterConfigsResponseData().setResponses(new ArrayList<>(responses))));
  }

  private CompletableFuture<Void> alter(AlterConfigsResource resource, boolean validateOnly) {
    try {
      Map<String, String> overrides = new LinkedHashMap<>();
      for (AlterableConfig config : resource.configs()) {
        if (config.value() == null) {
          throw new InvalidRequestException(
              "Null is not a value for configuration " + config.name());
        }
        overrides.put(config.name(), config.value());
      }
      return writer.replace(
          resource.resourceType(), resource.resourceName(), overrides, validateOnly);
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private static AlterConfigsResourceResponse result(
      AlterConfigsResource resource, Throwable failure) {
    if (failure == null) {
      return errorResult(resource, Errors.NONE, null);
    }
    Responses.ItemError error =
        Responses.itemError(failure, "configuration of " + resource.resourceName());
    return errorResult(resource, error.error(), error.message());
  }

  private static AlterConfigsResourceResponse errorResult(
      AlterConfigsResource resource, Errors error, String message) {
    return new AlterConfigsResourceResponse()
        .setResourceType(resource.resourceType())
        .setResourceName(resource.resourceName())
        .setErrorCode(error.code())
        .setErrorMessage(message);
  }

  @Override
  public AlterConfigsResponseData errorResponse(
      AlterConfigsRequestData body, short version, Errors error, String message) {
    AlterConfigsResponseData response = new AlterConfigsResponseData();
    body.resources()
        .forEach(resource -> response.responses().add(errorResult(resource, error, message)));
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((AlterConfigsResponseData) response)
        .responses()
        .forEach(result -> counter.count(result.errorCode()));
  }
}
