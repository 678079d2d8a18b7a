package io.ottla.core.api.metadata;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeCluster: cluster id, controller and the live brokers as this client reaches them. There
 * are no endpoints of controllers (version 1) and no fenced brokers (version 2) here.
 */
public final class DescribeClusterHandler implements ApiHandler<DescribeClusterRequestData> {
  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;

  private final Supplier<ClusterImage> image;
  private final ClientEndpoints endpoints;

  public DescribeClusterHandler(Supplier<ClusterImage> image, ClientEndpoints endpoints) {
    this.image = image;
    this.endpoints = endpoints;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DESCRIBE_CLUSTER;
  }

  @Override
  public Class<DescribeClusterRequestData> requestType() {
    return DescribeClusterRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, DescribeClusterRequestData body) {
    request.respond(OutboundResponse.message(answer(request, body)));
  }

  private DescribeClusterResponseData answer(
      InboundRequest request, DescribeClusterRequestData body) {
    if (body.endpointType() != BROKERS) {
      return body.endpointType() == CONTROLLERS
          ? errorResponse(
              body,
              request.version(),
              Errors.MISMATCHED_ENDPOINT_TYPE,
              "Controllers have no endpoints of their own here: ask for brokers")
          : errorResponse(
              body,
              request.version(),
              Errors.UNSUPPORTED_ENDPOINT_TYPE,
              "Unknown endpoint type " + body.endpointType());
    }
    ClusterImage current = image.get();
    DescribeClusterResponseData response =
        new DescribeClusterResponseData()
            .setClusterId(current.clusterId())
            .setControllerId(current.controllerId());
    if (body.includeClusterAuthorizedOperations()) {
      response.setClusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    for (BrokerRegistration broker : current.brokers().values()) {
      endpoints
          .of(request.context(), broker)
          .ifPresent(
              address ->
                  response
                      .brokers()
                      .mustAdd(
                          new DescribeClusterBroker()
                              .setBrokerId(broker.id())
                              .setHost(address.host())
                              .setPort(address.port())
                              .setRack(broker.rack().orElse(null))));
    }
    return response;
  }

  @Override
  public DescribeClusterResponseData errorResponse(
      DescribeClusterRequestData body, short version, Errors error, String message) {
    return new DescribeClusterResponseData()
        .setErrorCode(error.code())
        .setErrorMessage(message)
        .setClusterId("");
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((DescribeClusterResponseData) response).errorCode());
  }
}
