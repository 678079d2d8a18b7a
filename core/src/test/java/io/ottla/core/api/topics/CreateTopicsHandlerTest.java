package io.ottla.core.api.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.config.TopicConfigs;
import io.ottla.core.config.TopicCreationSettings;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreateTopicsHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(3);
  private final ApiCaller caller =
      new ApiCaller(
          new CreateTopicsHandler(
              coordination,
              new TopicCreationSettings(true, true, 4, (short) 2),
              TopicConfigs::defaults));

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7})
  void createsInEveryVersion(int version) {
    CreatableTopic topic = topic("t", 3, 2);
    topic.configs().add(config("retention.ms", "1234"));
    CreatableTopicResult result = one(version, request(topic));
    assertThat(result.errorCode()).isZero();
    assertThat(coordination.image().topic("t").partitions()).hasSize(3);
    assertThat(coordination.image().topicConfig("t")).containsEntry("retention.ms", "1234");
    if (version >= 5) {
      assertThat(result.numPartitions()).isEqualTo(3);
      assertThat(result.replicationFactor()).isEqualTo((short) 2);
      CreatableTopicConfigs retention =
          result.configs().stream()
              .filter(config -> config.name().equals("retention.ms"))
              .findFirst()
              .orElseThrow();
      assertThat(retention.value()).isEqualTo("1234");
      assertThat(retention.configSource()).isEqualTo((byte) 1);
      assertThat(result.configs())
          .filteredOn(config -> config.name().equals("segment.bytes"))
          .extracting(CreatableTopicConfigs::configSource)
          .containsExactly((byte) 5);
    }
    assertThat(result.topicId())
        .isEqualTo(version >= 7 ? coordination.image().topic("t").id() : Uuid.ZERO_UUID);
  }

  @Test
  void takesDefaultsForMinusOne() {
    CreatableTopicResult result = one(7, request(topic("t", -1, -1)));
    assertThat(result.numPartitions()).isEqualTo(4);
    assertThat(result.replicationFactor()).isEqualTo((short) 2);
  }

  @Test
  void placesAsAssigned() {
    CreatableTopic topic = topic("t", -1, -1);
    topic.assignments().add(assignment(1, 0, 1));
    topic.assignments().add(assignment(0, 2, 0));
    CreatableTopicResult result = one(7, request(topic));
    assertThat(result.errorCode()).isZero();
    assertThat(result.numPartitions()).isEqualTo(2);
    assertThat(result.replicationFactor()).isEqualTo((short) 2);
    assertThat(coordination.image().partition("t", 0).replicas()).containsExactly(2, 0);
    assertThat(coordination.image().partition("t", 1).replicas()).containsExactly(0, 1);
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refusal("bad/name", Errors.INVALID_TOPIC_EXCEPTION, t -> {}),
        refusal("present", Errors.TOPIC_ALREADY_EXISTS, t -> {}),
        refusal("pre.sent", Errors.NONE, t -> {}),
        refusal("a_b", Errors.INVALID_TOPIC_EXCEPTION, t -> {}),
        refusal("t", Errors.INVALID_PARTITIONS, t -> t.setNumPartitions(0)),
        refusal("t", Errors.INVALID_PARTITIONS, t -> t.setNumPartitions(-2)),
        refusal("t", Errors.INVALID_REPLICATION_FACTOR, t -> t.setReplicationFactor((short) 0)),
        refusal("t", Errors.INVALID_REPLICATION_FACTOR, t -> t.setReplicationFactor((short) -7)),
        refusal("t", Errors.INVALID_REPLICATION_FACTOR, t -> t.setReplicationFactor((short) 4)),
        refusal("t", Errors.INVALID_CONFIG, t -> t.configs().add(config("no.such", "1"))),
        refusal("t", Errors.INVALID_CONFIG, t -> t.configs().add(config("retention.ms", "x"))),
        refusal("t", Errors.INVALID_CONFIG, t -> t.configs().add(config("retention.ms", null))),
        refusal("t", Errors.INVALID_REQUEST, t -> t.assignments().add(assignment(0, 1))),
        refusal("t", Errors.INVALID_REPLICA_ASSIGNMENT, assigned(assignment(1, 0))),
        refusal("t", Errors.INVALID_REPLICA_ASSIGNMENT, assigned(assignment(-1, 0))),
        refusal("t", Errors.INVALID_REPLICA_ASSIGNMENT, assigned(assignment(0))),
        refusal("t", Errors.INVALID_REPLICA_ASSIGNMENT, assigned(assignment(0, 1, 1))),
        refusal("t", Errors.INVALID_REPLICA_ASSIGNMENT, assigned(assignment(0, 9))),
        refusal(
            "t",
            Errors.INVALID_REPLICA_ASSIGNMENT,
            assigned(assignment(0, 1, 2), assignment(1, 1))));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refuses(String name, Errors error, Consumer<CreatableTopic> change) {
    coordination.addTopic("present", List.of(0), 1);
    coordination.addTopic("a.b", List.of(0), 1);
    CreatableTopic topic = topic(name, 1, 1);
    change.accept(topic);
    for (boolean validateOnly : new boolean[] {true, false}) {
      CreatableTopicResult result =
          one(7, request(topic.duplicate()).setValidateOnly(validateOnly));
      assertThat(Errors.forCode(result.errorCode())).isEqualTo(error);
      if (error != Errors.NONE) {
        assertThat(result.errorMessage()).isNotBlank();
        assertThat(result.configs()).isNull();
        assertThat(coordination.image().topics()).hasSize(2);
      }
    }
  }

  @Test
  void onlyValidatesWhenAskedTo() {
    CreatableTopicResult result =
        one(7, request(topic("t", 3, 2)).setValidateOnly(true).setTimeoutMs(0));
    assertThat(result.errorCode()).isZero();
    assertThat(result.topicId()).isEqualTo(Uuid.ZERO_UUID);
    assertThat(result.numPartitions()).isEqualTo(3);
    assertThat(coordination.image().topics()).isEmpty();
  }

  @Test
  void refusesRepeatedNamesButServesTheOthers() {
    CreateTopicsResponseData answer =
        call(7, request(topic("twice", 1, 1), topic("once", 1, 1), topic("twice", 2, 1)));
    assertThat(answer.topics()).hasSize(2);
    assertThat(answer.topics().find("twice").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    assertThat(answer.topics().find("once").errorCode()).isZero();
    assertThat(coordination.image().topic("twice")).isNull();
  }

  @Test
  void sendsClientsToTheController() {
    coordination.notController();
    CreateTopicsResponseData answer = call(7, request(topic("a", 1, 1), topic("b", 1, 1)));
    assertThat(answer.topics())
        .extracting(CreatableTopicResult::errorCode)
        .containsExactly(Errors.NOT_CONTROLLER.code(), Errors.NOT_CONTROLLER.code());
    assertThat(answer.topics().find("a").errorMessage()).contains("Broker 2");
    assertThat(coordination.calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void withoutTimeCreatesInTheBackground(int timeoutMs) {
    coordination.holdElections();
    CreatableTopicResult result = one(7, request(topic("t", 1, 1)).setTimeoutMs(timeoutMs));
    assertThat(result.errorCode()).isEqualTo(Errors.REQUEST_TIMED_OUT.code());
    assertThat(coordination.image().topic("t")).isNotNull();
    assertThat(one(7, request(topic("t", 1, 1)).setTimeoutMs(timeoutMs)).errorCode())
        .as("refusals are told all the same")
        .isEqualTo(Errors.TOPIC_ALREADY_EXISTS.code());
  }

  @Test
  void hidesUnexpectedFailures() {
    coordination.failWith(new IllegalStateException("secret"));
    CreatableTopicResult result = one(7, request(topic("t", 1, 1)));
    assertThat(result.errorCode()).isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
    assertThat(result.errorMessage()).doesNotContain("secret");
  }

  private static Arguments refusal(String name, Errors error, Consumer<CreatableTopic> change) {
    return Arguments.of(name, error, change);
  }

  private static Consumer<CreatableTopic> assigned(CreatableReplicaAssignment... assignments) {
    return topic -> {
      topic.setNumPartitions(-1).setReplicationFactor((short) -1);
      for (CreatableReplicaAssignment assignment : assignments) {
        topic.assignments().add(assignment.duplicate());
      }
    };
  }

  private CreatableTopicResult one(int version, CreateTopicsRequestData body) {
    CreateTopicsResponseData answer = call(version, body);
    assertThat(answer.topics()).hasSize(1);
    return answer.topics().iterator().next();
  }

  private CreateTopicsResponseData call(int version, CreateTopicsRequestData body) {
    return caller.call(version, body, CreateTopicsResponseData.class);
  }

  private static CreateTopicsRequestData request(CreatableTopic... topics) {
    CreateTopicsRequestData body = new CreateTopicsRequestData();
    for (CreatableTopic topic : topics) {
      body.topics().add(topic);
    }
    return body;
  }

  private static CreatableTopic topic(String name, int partitions, int replicas) {
    return new CreatableTopic()
        .setName(name)
        .setNumPartitions(partitions)
        .setReplicationFactor((short) replicas);
  }

  private static CreatableTopicConfig config(String name, String value) {
    return new CreatableTopicConfig().setName(name).setValue(value);
  }

  private static CreatableReplicaAssignment assignment(int partition, Integer... brokers) {
    return new CreatableReplicaAssignment()
        .setPartitionIndex(partition)
        .setBrokerIds(List.of(brokers));
  }
}
