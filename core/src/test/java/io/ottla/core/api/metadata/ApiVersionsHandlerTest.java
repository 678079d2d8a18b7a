package io.ottla.core.api.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.api.metadata.ApiVersionsHandler.Feature;
import io.ottla.network.api.InboundRequest;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiVersionsHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(1);
  private final ApiVersionsHandler handler =
      new ApiVersionsHandler(
          List.of(
              new DescribeClusterHandler(coordination::image, new ClientEndpoints(0, Set.of())),
              new ProduceStandIn()),
          List.of(
              new Feature("zero.based", (short) 0, (short) 2, (short) 1),
              new Feature("one.based", (short) 1, (short) 3, (short) 0)),
          0,
          () -> "cluster");
  private final ApiCaller caller = new ApiCaller(handler);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void listsTheHandlers(int version) {
    ApiVersionsResponseData answer = call(version, named("apache-kafka-java", "4.4.0"));
    assertThat(answer.errorCode()).isZero();
    assertThat(answer.apiKeys())
        .extracting(ApiVersion::apiKey, ApiVersion::minVersion, ApiVersion::maxVersion)
        .containsExactly(
            // Produce from 0 for librdkafka, although it is served from 3.
            org.assertj.core.groups.Tuple.tuple(ApiKeys.PRODUCE.id, (short) 0, (short) 13),
            org.assertj.core.groups.Tuple.tuple(ApiKeys.API_VERSIONS.id, (short) 0, (short) 5),
            org.assertj.core.groups.Tuple.tuple(ApiKeys.DESCRIBE_CLUSTER.id, (short) 0, (short) 2));
  }

  @Test
  void remembersTheClientsSoftware() {
    call(3, named("librdkafka", "2.3.0"));
    assertThat(caller.client().clientSoftwareName()).isEqualTo("librdkafka");
    assertThat(caller.client().clientSoftwareVersion()).isEqualTo("2.3.0");
  }

  @Test
  void answersUnknownVersionWithTheListInVersionZero() {
    ApiVersionsResponseData answer =
        (ApiVersionsResponseData) caller.raw(99, new ApiVersionsRequestData()).join().body();
    assertThat(answer.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
    assertThat(answer.apiKeys()).hasSize(3);
    assertThat(answer.supportedFeatures()).isEmpty();
  }

  @Test
  void showsZeroBasedFeaturesFromVersionFour() {
    assertThat(call(3, named("a", "1")).supportedFeatures())
        .extracting(feature -> feature.name())
        .containsExactly("one.based");
    ApiVersionsResponseData four = call(4, named("a", "1"));
    assertThat(four.supportedFeatures()).hasSize(2);
    assertThat(four.finalizedFeatures())
        .extracting(feature -> feature.name())
        .containsExactly("zero.based");
    assertThat(call(2, new ApiVersionsRequestData()).supportedFeatures()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a-", ".", "a b", "ä", "a\n"})
  void refusesStrangeSoftwareNames(String name) {
    assertThat(call(3, named(name, "1")).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    assertThat(call(3, named("a", name)).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    assertThat(caller.client().clientSoftwareName()).isEqualTo("unknown");
  }

  @Test
  void sendsClientsOfAnotherClusterBackToBootstrap() {
    short elsewhere = Errors.REBOOTSTRAP_REQUIRED.code();
    assertThat(call(5, named("a", "1").setClusterId("other").setNodeId(0)).errorCode())
        .isEqualTo(elsewhere);
    assertThat(call(5, named("a", "1").setClusterId("cluster").setNodeId(3)).errorCode())
        .isEqualTo(elsewhere);
    assertThat(call(5, named("a", "1").setClusterId("cluster").setNodeId(0)).errorCode()).isZero();
  }

  private ApiVersionsResponseData call(int version, ApiVersionsRequestData body) {
    return caller.call(version, body, ApiVersionsResponseData.class);
  }

  private static ApiVersionsRequestData named(String name, String version) {
    return new ApiVersionsRequestData()
        .setClientSoftwareName(name)
        .setClientSoftwareVersion(version);
  }

  private static final class ProduceStandIn implements ApiHandler<ProduceRequestData> {
    @Override
    public ApiKeys apiKey() {
      return ApiKeys.PRODUCE;
    }

    @Override
    public Class<ProduceRequestData> requestType() {
      return ProduceRequestData.class;
    }

    @Override
    public void handle(InboundRequest request, ProduceRequestData body) {
      throw new AssertionError("not called");
    }

    @Override
    public Object errorResponse(
        ProduceRequestData body, short version, Errors error, String message) {
      throw new AssertionError("not called");
    }
  }
}
