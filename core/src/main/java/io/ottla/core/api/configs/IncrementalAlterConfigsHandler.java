package io.ottla.core.api.configs;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * IncrementalAlterConfigs: sets, deletes, appends to or subtracts from single configurations of
 * topics, of this broker, or of all brokers (empty name); what is not named stays.
 */
public final class IncrementalAlterConfigsHandler
    implements ApiHandler<IncrementalAlterConfigsRequestData> {
  private final ConfigWriter writer;

  public IncrementalAlterConfigsHandler(ConfigWriter writer) {
    this.writer = writer;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
  }

  @Override
  public Class<IncrementalAlterConfigsRequestData> requestType() {
    return IncrementalAlterConfigsRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, IncrementalAlterConfigsRequestData body) {
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
                    new IncrementalAlterConfigsResponseData()
                        .setResponses(new ArrayList<>(responses))));
  }

  private CompletableFuture<Void> alter(AlterConfigsResource resource, boolean validateOnly) {
    try {
      List<ConfigChanges.Operation> operations = new ArrayList<>();
      for (AlterableConfig config : resource.configs()) {
        operations.add(
            ConfigChanges.operation(config.name(), config.configOperation(), config.value()));
      }
      return writer.change(
          resource.resourceType(), resource.resourceName(), operations, validateOnly);
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
  public IncrementalAlterConfigsResponseData errorResponse(
      IncrementalAlterConfigsRequestData body, short version, Errors error, String message) {
    IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
    body.resources()
        .forEach(resource -> response.responses().add(errorResult(resource, error, message)));
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((IncrementalAlterConfigsResponseData) response)
        .responses()
        .forEach(result -> counter.count(result.errorCode()));
  }
}
