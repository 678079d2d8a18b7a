package io.ottla.coordination.controller;

import static io.ottla.coordination.Fixtures.topic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.Fixtures;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPlanTest {
  private static final Random RANDOM = new Random(1);

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a b", "a/b", "ü", "a:b", "a\u0000"})
  void refusesNames(String name) {
    assertThatThrownBy(() -> TopicPlan.validateName(name))
        .isInstanceOf(InvalidTopicException.class);
  }

  @Test
  void limitsTheLengthOfNames() {
    assertThatCode(() -> TopicPlan.validateName("x".repeat(249))).doesNotThrowAnyException();
    assertThatThrownBy(() -> TopicPlan.validateName("x".repeat(250)))
        .isInstanceOf(InvalidTopicException.class);
  }

  @Test
  void refusesExistingAndCollidingNames() {
    ClusterImage image = image("a.b");
    assertThatThrownBy(() -> TopicPlan.create(topic("a.b", 1, 1), image, RANDOM))
        .isInstanceOf(TopicExistsException.class);
    assertThatThrownBy(() -> TopicPlan.create(topic("a_b", 1, 1), image, RANDOM))
        .isInstanceOf(InvalidTopicException.class)
        .hasMessageContaining("a.b");
  }

  @Test
  void refusesSenselessCounts() {
    ClusterImage image = image("t");
    assertThatThrownBy(() -> TopicPlan.create(topic("u", 0, 1), image, RANDOM))
        .isInstanceOf(InvalidPartitionsException.class);
    assertThatThrownBy(() -> TopicPlan.create(topic("u", 50_000, 2), image, RANDOM))
        .isInstanceOf(InvalidPartitionsException.class);
  }

  @Test
  void assignmentsWinAndAreChecked() {
    ClusterImage image = image("t");
    TopicImage planned = TopicPlan.create(assigned(List.of(2, 1), List.of(1, 0)), image, RANDOM);
    assertThat(planned.partitions())
        .extracting(PartitionImage::replicas)
        .containsExactly(List.of(2, 1), List.of(1, 0));
    for (List<List<Integer>> wrong :
        List.of(
            List.<List<Integer>>of(List.of()),
            List.of(List.of(1, 1)),
            List.of(List.of(1, 2), List.of(1)),
            List.of(List.of(1, 9)))) {
      assertThatThrownBy(
              () ->
                  TopicPlan.create(
                      new NewTopicSpec("u", -1, (short) -1, wrong, Map.of()), image, RANDOM))
          .isInstanceOf(InvalidReplicaAssignmentException.class);
    }
  }

  @Test
  void addsPartitionsOnly() {
    ClusterImage image = image("t");
    TopicImage topic = image.topic("t");
    TopicImage expanded = TopicPlan.expand(topic, 5, List.of(), image, RANDOM);
    assertThat(expanded.partitions())
        .hasSize(5)
        .startsWith(topic.partitions().toArray(PartitionImage[]::new));
    assertThat(expanded.id()).isEqualTo(topic.id());
    for (int count : new int[] {1, 2}) {
      assertThatThrownBy(() -> TopicPlan.expand(topic, count, List.of(), image, RANDOM))
          .isInstanceOf(InvalidPartitionsException.class);
    }
    assertThatThrownBy(() -> TopicPlan.expand(topic, 5, List.of(List.of(1)), image, RANDOM))
        .isInstanceOf(InvalidReplicaAssignmentException.class);
  }

  @Test
  void overridesWinOverDefaults() {
    ClusterImage image =
        image("t").toBuilder()
            .topicConfig("t", Map.of(TopicPolicy.MIN_INSYNC_REPLICAS, "2"))
            .defaultBrokerConfig(
                Map.of(
                    TopicPolicy.MIN_INSYNC_REPLICAS,
                    "3",
                    TopicPolicy.UNCLEAN_LEADER_ELECTION,
                    "true"))
            .topicConfig("garbled", Map.of(TopicPolicy.MIN_INSYNC_REPLICAS, "many"))
            .build();
    ControllerSettings settings = ControllerSettings.defaults();
    assertThat(TopicPolicy.of(image, "t", settings)).isEqualTo(new TopicPolicy(2, true));
    assertThat(TopicPolicy.of(image, "other", settings)).isEqualTo(new TopicPolicy(3, true));
    assertThat(TopicPolicy.of(image, "garbled", settings)).isEqualTo(new TopicPolicy(1, true));
    assertThat(TopicPolicy.of(ClusterImage.EMPTY, "t", settings))
        .isEqualTo(new TopicPolicy(1, false));
  }

  @Test
  void onlyBrokersThatMissTheirShareGetLeadersBack() {
    ClusterImage.Builder builder = ClusterImage.builder();
    for (int id = 1; id <= 2; id++) {
      builder.broker(Fixtures.broker(id, id * 10L));
    }
    // Broker 1 is preferred four times and leads two of them; broker 2 is preferred once and leads
    // it.
    int[] leaders = {1, 1, 2, 2};
    java.util.ArrayList<PartitionImage> partitions = new java.util.ArrayList<>();
    for (int i = 0; i < 4; i++) {
      partitions.add(
          new PartitionImage(
              i,
              List.of(1, 2),
              List.of(),
              List.of(),
              Fixtures.state(leaders[i], Fixtures.members(1, 2), List.of()),
              0));
    }
    partitions.add(
        new PartitionImage(
            4,
            List.of(2, 1),
            List.of(),
            List.of(),
            Fixtures.state(2, Fixtures.members(1, 2), List.of()),
            0));
    ClusterImage image =
        builder.topic(new TopicImage("t", Uuid.randomUuid(), partitions, false)).build();
    assertThat(PreferredLeaderPlan.plan(image, 10, 100))
        .containsExactly(new TopicPartition("t", 2), new TopicPartition("t", 3));
    assertThat(PreferredLeaderPlan.plan(image, 10, 1)).containsExactly(new TopicPartition("t", 2));
    assertThat(PreferredLeaderPlan.plan(image, 50, 100)).isEmpty();
    assertThat(PreferredLeaderPlan.imbalance(image)).isEqualTo(2);
    ClusterImage draining =
        image.toBuilder().broker(Fixtures.broker(1, 10).withDraining(true)).build();
    assertThat(PreferredLeaderPlan.plan(draining, 10, 100)).isEmpty();
  }

  private static NewTopicSpec assigned(List<Integer> first, List<Integer> second) {
    return new NewTopicSpec("u", -1, (short) -1, List.of(first, second), Map.of());
  }

  private static ClusterImage image(String topic) {
    ClusterImage.Builder builder = ClusterImage.builder();
    for (int id = 0; id < 3; id++) {
      builder.broker(Fixtures.broker(id, id));
    }
    ClusterImage empty = builder.build();
    return empty.toBuilder()
        .topic(TopicPlan.create(Fixtures.topic(topic, 2, 2), empty, RANDOM))
        .build();
  }
}
