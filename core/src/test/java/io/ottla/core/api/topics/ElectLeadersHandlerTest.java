package io.ottla.core.api.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.PreferredLeaderNotAvailableException;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElectLeadersHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(3);
  private final ApiCaller caller = new ApiCaller(new ElectLeadersHandler(coordination));

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void electsNamedPartitionsInEveryVersion(int version) {
    coordination.addTopic("t", List.of(0, 1), 3);
    coordination.elections.put(
        new TopicPartition("t", 1), Optional.of(new ElectionNotNeededException("leads already")));
    coordination.elections.put(
        new TopicPartition("t", 2),
        Optional.of(new PreferredLeaderNotAvailableException("is down")));
    ElectLeadersResponseData answer = call(version, request(0, 1, 2, 9));
    assertThat(answer.errorCode()).isZero();
    assertThat(codes(answer))
        .containsExactly(
            Map.entry("t-0", Errors.NONE),
            Map.entry("t-1", Errors.ELECTION_NOT_NEEDED),
            Map.entry("t-2", Errors.PREFERRED_LEADER_NOT_AVAILABLE),
            Map.entry("t-9", Errors.UNKNOWN_TOPIC_OR_PARTITION));
    assertThat(coordination.calls.get(0)).startsWith("electLeaders PREFERRED");
  }

  @Test
  void leavesOutNeedlessElectionsWhenAllAreMeant() {
    coordination.elections.put(new TopicPartition("t", 0), Optional.empty());
    coordination.elections.put(
        new TopicPartition("t", 1), Optional.of(new ElectionNotNeededException("leads already")));
    ElectLeadersResponseData answer =
        call(2, request().setTopicPartitions(null).setElectionType((byte) 1));
    assertThat(codes(answer)).containsOnlyKeys("t-0");
    assertThat(coordination.calls).containsExactly("electLeaders UNCLEAN null");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void sendsClientsToTheController(int version) {
    coordination.notController();
    ElectLeadersResponseData answer = call(version, request(0, 1));
    assertThat(codes(answer)).containsOnlyKeys("t-0", "t-1");
    assertThat(codes(answer).values()).containsOnly(Errors.NOT_CONTROLLER);
    assertThat(answer.errorCode()).isEqualTo(version == 0 ? 0 : Errors.NOT_CONTROLLER.code());
  }

  @Test
  void refusesUnknownKindsOfElection() {
    coordination.addTopic("t", List.of(0, 1), 1);
    assertThat(call(2, request(0).setElectionType((byte) 5)).errorCode())
        .isEqualTo(Errors.INVALID_REQUEST.code());
  }

  private ElectLeadersResponseData call(int version, ElectLeadersRequestData body) {
    return caller.call(version, body, ElectLeadersResponseData.class);
  }

  private static Map<String, Errors> codes(ElectLeadersResponseData answer) {
    Map<String, Errors> codes = new TreeMap<>();
    answer
        .replicaElectionResults()
        .forEach(
            topic ->
                topic
                    .partitionResult()
                    .forEach(
                        result ->
                            codes.put(
                                topic.topic() + "-" + result.partitionId(),
                                Errors.forCode(result.errorCode()))));
    return codes;
  }

  private static ElectLeadersRequestData request(Integer... partitions) {
    ElectLeadersRequestData body = new ElectLeadersRequestData();
    body.topicPartitions()
        .add(new TopicPartitions().setTopic("t").setPartitions(List.of(partitions)));
    return body;
  }
}
