package io.ottla.core.api.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.FakeCoordination;
import java.util.Set;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescribeClusterHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(3);
  private final ApiCaller caller =
      new ApiCaller(
          new DescribeClusterHandler(coordination::image, new ClientEndpoints(0, Set.of())));

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void describesTheCluster(int version) {
    coordination.notController();
    DescribeClusterResponseData answer = call(version, new DescribeClusterRequestData());
    assertThat(answer.errorCode()).isZero();
    assertThat(answer.clusterId()).isEqualTo("cluster");
    assertThat(answer.controllerId()).isEqualTo(2);
    assertThat(answer.brokers()).hasSize(3);
    assertThat(answer.brokers().find(1).host()).isEqualTo("host1");
    assertThat(answer.brokers().find(1).port()).isEqualTo(9093);
    assertThat(answer.clusterAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
    assertThat(
            call(
                    version,
                    new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true))
                .clusterAuthorizedOperations())
        .isPositive();
  }

  @Test
  void hasNoEndpointsOfControllers() {
    assertThat(call(1, new DescribeClusterRequestData().setEndpointType((byte) 2)).errorCode())
        .isEqualTo(Errors.MISMATCHED_ENDPOINT_TYPE.code());
    assertThat(call(1, new DescribeClusterRequestData().setEndpointType((byte) 9)).errorCode())
        .isEqualTo(Errors.UNSUPPORTED_ENDPOINT_TYPE.code());
  }

  private DescribeClusterResponseData call(int version, DescribeClusterRequestData body) {
    return caller.call(version, body, DescribeClusterResponseData.class);
  }
}
