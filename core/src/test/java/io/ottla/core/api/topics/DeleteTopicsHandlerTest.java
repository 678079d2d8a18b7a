package io.ottla.core.api.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.config.TopicCreationSettings;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeleteTopicsHandlerTest {
  private final FakeCoordination coordination = new FakeCoordination(3);
  private final ApiCaller caller = caller(true);

  private ApiCaller caller(boolean enabled) {
    return new ApiCaller(
        new DeleteTopicsHandler(
            coordination, new TopicCreationSettings(true, enabled, 1, (short) 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void deletesByNameInEveryVersion(int version) {
    TopicImage topic = coordination.addTopic("t", List.of(0), 1);
    DeleteTopicsResponseData answer = call(version, names(version, "t", "absent"));
    assertThat(coordination.image().topics()).isEmpty();
    assertThat(answer.responses())
        .extracting(DeletableTopicResult::name, DeletableTopicResult::errorCode)
        .containsExactly(
            Tuple.tuple("t", (short) 0),
            Tuple.tuple("absent", Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
    if (version >= 6) {
      assertThat(answer.responses().find("t").topicId()).isEqualTo(topic.id());
    }
    if (version >= 5) {
      assertThat(answer.responses().find("absent").errorMessage()).contains("absent");
    }
  }

  @Test
  void deletesById() {
    TopicImage topic = coordination.addTopic("t", List.of(0), 1);
    Uuid unknown = Uuid.randomUuid();
    DeleteTopicsResponseData answer =
        call(6, states(state(null, topic.id()), state(null, unknown)));
    assertThat(answer.responses())
        .extracting(
            DeletableTopicResult::name,
            DeletableTopicResult::topicId,
            DeletableTopicResult::errorCode)
        .containsExactly(
            Tuple.tuple("t", topic.id(), (short) 0),
            Tuple.tuple(null, unknown, Errors.UNKNOWN_TOPIC_ID.code()));
    assertThat(coordination.image().topics()).isEmpty();
  }

  @Test
  void refusesUnclearWishes() {
    TopicImage topic = coordination.addTopic("t", List.of(0), 1);
    short invalid = Errors.INVALID_REQUEST.code();
    assertThat(codes(states(state("t", topic.id())))).containsExactly(invalid);
    assertThat(codes(states(state(null, Uuid.ZERO_UUID)))).containsExactly(invalid);
    assertThat(codes(states(state("t", Uuid.ZERO_UUID), state(null, topic.id()))))
        .containsExactly(invalid, invalid);
    assertThat(call(5, names(5, "t", "t")).responses().find("t").errorCode()).isEqualTo(invalid);
    assertThat(coordination.image().topics()).hasSize(1);
  }

  @Test
  void treatsTopicsBeingDeletedAsGone() {
    TopicImage topic = coordination.addTopic("t", List.of(0), 1);
    coordination.change(builder -> builder.topic(topic.withDeleting(true)));
    assertThat(codes(states(state("t", Uuid.ZERO_UUID))))
        .containsExactly(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void canBeForbidden(int version) {
    coordination.addTopic("t", List.of(0), 1);
    DeleteTopicsResponseData answer =
        caller(false).call(version, names(version, "t"), DeleteTopicsResponseData.class);
    assertThat(answer.responses().find("t").errorCode())
        .isEqualTo((version < 3 ? Errors.INVALID_REQUEST : Errors.TOPIC_DELETION_DISABLED).code());
    assertThat(coordination.image().topics()).hasSize(1);
  }

  @Test
  void sendsClientsToTheController() {
    coordination.addTopic("t", List.of(0), 1);
    coordination.notController();
    for (int version : new int[] {1, 6}) {
      assertThat(call(version, names(version, "t")).responses().find("t").errorCode())
          .isEqualTo(Errors.NOT_CONTROLLER.code());
    }
  }

  @Test
  void withoutTimeDeletesInTheBackground() {
    coordination.addTopic("t", List.of(0), 1);
    assertThat(call(6, names(6, "t").setTimeoutMs(0)).responses().find("t").errorCode())
        .isEqualTo(Errors.REQUEST_TIMED_OUT.code());
    assertThat(coordination.image().topics()).isEmpty();
  }

  private List<Short> codes(DeleteTopicsRequestData body) {
    return call(6, body).responses().stream().map(DeletableTopicResult::errorCode).toList();
  }

  private DeleteTopicsResponseData call(int version, DeleteTopicsRequestData body) {
    return caller.call(version, body, DeleteTopicsResponseData.class);
  }

  private static DeleteTopicsRequestData names(int version, String... names) {
    DeleteTopicsRequestData body = new DeleteTopicsRequestData().setTimeoutMs(1000);
    if (version < 6) {
      return body.setTopicNames(List.of(names));
    }
    for (String name : names) {
      body.topics().add(state(name, Uuid.ZERO_UUID));
    }
    return body;
  }

  private static DeleteTopicsRequestData states(DeleteTopicState... states) {
    return new DeleteTopicsRequestData().setTimeoutMs(1000).setTopics(List.of(states));
  }

  private static DeleteTopicState state(String name, Uuid id) {
    return new DeleteTopicState().setName(name).setTopicId(id);
  }
}
