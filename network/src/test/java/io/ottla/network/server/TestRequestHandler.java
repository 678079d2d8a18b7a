package io.ottla.network.server;

import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.RequestContext;
import io.ottla.network.api.RequestHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Accepts what kafka-clients knows, keeps the requests, and does with them what the test says. */
public final class TestRequestHandler implements RequestHandler {
  /** What came, in order. */
  public final List<InboundRequest> requests = new CopyOnWriteArrayList<>();

  /** Connections that ended. */
  public final List<RequestContext> closed = new CopyOnWriteArrayList<>();

  /** What to do with each request but ApiVersions; nothing at first. */
  public volatile Consumer<InboundRequest> action = request -> {};

  @Override
  public boolean accepts(ApiKeys key, short version) {
    return key.hasValidVersion() && key.isVersionSupported(version);
  }

  @Override
  public void handle(InboundRequest request) {
    requests.add(request);
    if (request.apiKey() == ApiKeys.API_VERSIONS) {
      request.respond(OutboundResponse.message(apiVersions(request)));
    } else {
      action.accept(request);
    }
  }

  @Override
  public void connectionClosed(RequestContext context) {
    closed.add(context);
  }

  /** Answers with a message of defaults. */
  public static void answer(InboundRequest request) {
    request.respond(OutboundResponse.message(request.apiKey().messageType.newResponse()));
  }

  private ApiVersionsResponseData apiVersions(InboundRequest request) {
    ApiVersionsResponseData response = new ApiVersionsResponseData();
    if (!accepts(request.apiKey(), request.version())) {
      response.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
    }
    for (ApiKeys key : ApiKeys.values()) {
      if (key.hasValidVersion()) {
        response
            .apiKeys()
            .add(
                new ApiVersion()
                    .setApiKey(key.id)
                    .setMinVersion(key.oldestVersion())
                    .setMaxVersion(key.latestVersion()));
      }
    }
    return response;
  }
}
