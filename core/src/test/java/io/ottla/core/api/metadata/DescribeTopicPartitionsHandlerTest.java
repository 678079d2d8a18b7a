package io.ottla.core.api.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.FakeCoordination;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescribeTopicPartitionsHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(3);
  private final ApiCaller caller =
      new ApiCaller(
          new DescribeTopicPartitionsHandler(
              coordination::image, new ClientEndpoints(0, Set.of())));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 100})
  void pagesThroughEverythingOnceWhateverThePageSize(int limit) {
    coordination.addTopic("b", List.of(0), 3);
    coordination.addTopic("a", List.of(1), 2);
    coordination.addTopic("c", List.of(2), 1);
    List<String> seen = new ArrayList<>();
    Cursor cursor = null;
    int calls = 0;
    do {
      DescribeTopicPartitionsResponseData page =
          call(new DescribeTopicPartitionsRequestData().setCursor(cursor), limit);
      int inPage = 0;
      for (DescribeTopicPartitionsResponseTopic topic : page.topics()) {
        for (DescribeTopicPartitionsResponsePartition partition : topic.partitions()) {
          seen.add(topic.name() + partition.partitionIndex());
          inPage++;
        }
      }
      assertThat(inPage).isBetween(1, limit);
      cursor =
          page.nextCursor() == null
              ? null
              : new Cursor()
                  .setTopicName(page.nextCursor().topicName())
                  .setPartitionIndex(page.nextCursor().partitionIndex());
    } while (cursor != null && ++calls < 20);
    assertThat(seen).containsExactly("a0", "a1", "b0", "b1", "b2", "c0");
  }

  @Test
  void showsEligibleLeadersAndErrors() {
    coordination.addTopic("t", List.of(1, 2, 0), 1);
    coordination.setState(
        "t",
        0,
        new PartitionState(
            1, 1, 9, List.of(new IsrMember(1, 101)), List.of(new IsrMember(2, 102)), false));
    coordination.change(builder -> builder.removeBroker(2));
    DescribeTopicPartitionsRequestData body = new DescribeTopicPartitionsRequestData();
    for (String name : List.of("t", "absent", "not/valid")) {
      body.topics().add(new TopicRequest().setName(name));
    }
    DescribeTopicPartitionsResponseData answer = call(body, 10);
    assertThat(answer.topics())
        .extracting(t -> t.name(), t -> t.errorCode())
        .containsExactly(
            Tuple.tuple("absent", Errors.UNKNOWN_TOPIC_OR_PARTITION.code()),
            Tuple.tuple("not/valid", Errors.INVALID_TOPIC_EXCEPTION.code()),
            Tuple.tuple("t", (short) 0));
    DescribeTopicPartitionsResponsePartition partition =
        answer.topics().find("t").partitions().get(0);
    assertThat(partition.leaderId()).isEqualTo(1);
    assertThat(partition.leaderEpoch()).isEqualTo(9);
    assertThat(partition.eligibleLeaderReplicas()).containsExactly(2);
    assertThat(partition.offlineReplicas()).containsExactly(2);
    assertThat(answer.nextCursor()).isNull();
  }

  @Test
  void startsAfterATopicThatVanishedBetweenPages() {
    coordination.addTopic("a", List.of(0), 1);
    coordination.addTopic("c", List.of(0), 1);
    DescribeTopicPartitionsResponseData answer =
        call(
            new DescribeTopicPartitionsRequestData()
                .setCursor(new Cursor().setTopicName("b").setPartitionIndex(7)),
            10);
    assertThat(answer.topics()).extracting(t -> t.name()).containsExactly("c");
    assertThat(answer.topics().find("c").partitions()).hasSize(1);
  }

  @Test
  void refusesBadLimitsAndCursors() {
    DescribeTopicPartitionsRequestData body = new DescribeTopicPartitionsRequestData();
    body.topics().add(new TopicRequest().setName("t"));
    assertThat(call(body.duplicate(), 0).topics().find("t").errorCode())
        .isEqualTo(Errors.INVALID_REQUEST.code());
    body.setCursor(new Cursor().setTopicName("t").setPartitionIndex(-1));
    assertThat(call(body, 10).topics().find("t").errorCode())
        .isEqualTo(Errors.INVALID_REQUEST.code());
  }

  private DescribeTopicPartitionsResponseData call(
      DescribeTopicPartitionsRequestData body, int limit) {
    return caller.call(
        0, body.setResponsePartitionLimit(limit), DescribeTopicPartitionsResponseData.class);
  }
}
