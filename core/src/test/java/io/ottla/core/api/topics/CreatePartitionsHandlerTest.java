package io.ottla.core.api.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CreatePartitionsHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(3);
  private final ApiCaller caller = new ApiCaller(new CreatePartitionsHandler(coordination));

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void addsPartitionsInEveryVersion(int version) {
    coordination.addTopic("t", List.of(0, 1), 2);
    assertThat(one(version, topic("t", 5)).errorCode()).isZero();
    assertThat(coordination.image().topic("t").partitions()).hasSize(5);
  }

  @Test
  void placesAsAssigned() {
    coordination.addTopic("t", List.of(0, 1), 1);
    assertThat(one(3, topic("t", 2, "2,0")).errorCode()).isZero();
    assertThat(coordination.image().partition("t", 1).replicas()).containsExactly(2, 0);
  }

  @Test
  void refuses() {
    coordination.addTopic("t", List.of(0, 1), 2);
    check(topic("absent", 5), Errors.UNKNOWN_TOPIC_OR_PARTITION);
    check(topic("t", 2), Errors.INVALID_PARTITIONS);
    check(topic("t", 1), Errors.INVALID_PARTITIONS);
    check(topic("t", 3, "0,1", "0,1"), Errors.INVALID_REPLICA_ASSIGNMENT);
    check(topic("t", 3, "0"), Errors.INVALID_REPLICA_ASSIGNMENT);
    check(topic("t", 3, "0,7"), Errors.INVALID_REPLICA_ASSIGNMENT);
    PartitionImage moving =
        new PartitionImage(
            0,
            List.of(0, 1, 2),
            List.of(2),
            List.of(),
            coordination.image().partition("t", 0).state(),
            1);
    coordination.change(builder -> builder.partition("t", moving));
    check(topic("t", 3), Errors.REASSIGNMENT_IN_PROGRESS);
    coordination.notController();
    check(topic("t", 3), Errors.NOT_CONTROLLER);
    assertThat(coordination.image().topic("t").partitions()).hasSize(2);
  }

  @Test
  void onlyValidatesWhenAskedTo() {
    coordination.addTopic("t", List.of(0, 1), 2);
    CreatePartitionsResponseData answer =
        caller.call(
            3, request(topic("t", 5)).setValidateOnly(true), CreatePartitionsResponseData.class);
    assertThat(answer.results().get(0).errorCode()).isZero();
    assertThat(coordination.image().topic("t").partitions()).hasSize(2);
  }

  private void check(CreatePartitionsTopic topic, Errors error) {
    CreatePartitionsTopicResult result = one(3, topic);
    assertThat(Errors.forCode(result.errorCode())).isEqualTo(error);
    assertThat(result.errorMessage()).isNotBlank();
  }

  private CreatePartitionsTopicResult one(int version, CreatePartitionsTopic topic) {
    CreatePartitionsResponseData answer =
        caller.call(version, request(topic), CreatePartitionsResponseData.class);
    assertThat(answer.results()).hasSize(1);
    return answer.results().get(0);
  }

  private static CreatePartitionsRequestData request(CreatePartitionsTopic topic) {
    CreatePartitionsRequestData body = new CreatePartitionsRequestData().setTimeoutMs(1000);
    body.topics().add(topic);
    return body;
  }

  private static CreatePartitionsTopic topic(String name, int count, String... assignments) {
    return new CreatePartitionsTopic()
        .setName(name)
        .setCount(count)
        .setAssignments(
            assignments.length == 0
                ? null
                : Stream.of(assignments)
                    .map(
                        brokers ->
                            new CreatePartitionsAssignment()
                                .setBrokerIds(
                                    Stream.of(brokers.split(",")).map(Integer::valueOf).toList()))
                    .toList());
  }
}
