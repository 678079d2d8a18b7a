package io.ottla.coordination.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.Fixtures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ClusterImageTest {
  /** The delta that looks only at what was touched says what a comparison of everything says. */
  @Property(tries = 300)
  void deltasMissNothing(@ForAll long seed) {
    Random random = new Random(seed);
    ClusterImage image = ClusterImage.EMPTY;
    for (int i = 0; i < 30; i++) {
      ClusterImage.Builder builder = image.toBuilder();
      for (int j = random.nextInt(5); j >= 0; j--) {
        change(builder, random);
      }
      ClusterImage next = builder.build();
      assertThat(builder.delta(next)).isEqualTo(ImageDelta.between(image, next));
      assertThat(next.version()).isEqualTo(image.version() + 1);
      for (TopicImage topic : next.topics()) {
        assertThat(next.topic(topic.id())).isSameAs(topic);
      }
      image = next;
    }
  }

  private static void change(ClusterImage.Builder builder, Random random) {
    String name = "t" + random.nextInt(4);
    switch (random.nextInt(7)) {
      case 0 -> builder.topic(topic(name, 1 + random.nextInt(3)));
      case 1 -> builder.removeTopic(name);
      case 2, 3 -> {
        PartitionImage partition = builder.currentPartition(name, random.nextInt(3));
        if (partition != null) {
          builder.partition(
              name,
              partition.withState(
                  Fixtures.state(random.nextInt(2), Fixtures.members(0, 1), List.of()),
                  random.nextInt(9)));
        }
      }
      case 4 ->
          builder.topicConfig(
              name, random.nextBoolean() ? Map.of() : Map.of("k", "v" + random.nextInt(2)));
      case 5 -> builder.broker(Fixtures.broker(random.nextInt(2), random.nextInt(2)));
      default -> builder.controller(random.nextInt(2), random.nextInt(2));
    }
  }

  @Test
  void oldImagesStayAsTheyWere() {
    ClusterImage before = ClusterImage.builder().topic(topic("t", 2)).topic(topic("u", 1)).build();
    ClusterImage.Builder builder = before.toBuilder();
    PartitionImage first = builder.currentPartition("t", 0);
    builder.partition("t", first.withState(Fixtures.state(1, Fixtures.members(1), List.of()), 0));
    ClusterImage after = builder.build();
    assertThat(before.partition("t", 0).state()).isNull();
    assertThat(after.partition("t", 0).leader()).isEqualTo(1);
    assertThat(after.topic("u")).isSameAs(before.topic("u"));
    assertThat(builder.delta(after).partitions()).containsExactly(new TopicPartition("t", 0));
  }

  @Test
  void aRecreatedTopicIsRemovedAndCreated() {
    ClusterImage before = ClusterImage.builder().topic(topic("t", 2)).build();
    TopicImage again = topic("t", 1);
    ImageDelta delta = ImageDelta.between(before, before.toBuilder().topic(again).build());
    assertThat(delta.removedTopics()).isEqualTo(Map.of("t", before.topic("t").id()));
    assertThat(delta.partitions()).containsExactly(new TopicPartition("t", 0));
  }

  @Test
  void listenersHearEverythingInOrderEvenOfWhatTheyCause() {
    ImagePublisher publisher = new ImagePublisher();
    List<String> heard = new ArrayList<>();
    publisher.addLast((before, after, delta) -> heard.add("last " + after.version()));
    publisher.add(
        (before, after, delta) -> {
          heard.add("first " + after.version());
          if (after.version() == 1) {
            publisher.update(image -> image.controller(2, 2));
          }
        });
    publisher.update(image -> image.controller(1, 1));
    publisher.update(image -> image.controller(2, 2)); // no change, nothing told
    assertThat(heard)
        .containsExactly("last 0", "first 0", "first 1", "last 1", "first 2", "last 2");
  }

  @Test
  void leaversOfATooSmallIsrStayEligible() {
    PartitionState state = Fixtures.state(1, Fixtures.members(1, 2, 3), List.of());
    PartitionState one = state.withIsr(Fixtures.members(1), 2);
    assertThat(one.eligible()).isEqualTo(Fixtures.members(2, 3));
    PartitionState back = one.withIsr(Fixtures.members(1, 3), 2);
    assertThat(back.eligible()).isEmpty();
    PartitionState newer = one.withIsr(List.of(new IsrMember(1, 10), new IsrMember(2, 21)), 3);
    assertThat(newer.eligible()).isEqualTo(Fixtures.members(3));
    assertThatThrownBy(() -> Fixtures.state(1, Fixtures.members(1, 1), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fixtures.state(1, Fixtures.members(1), Fixtures.members(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static TopicImage topic(String name, int partitions) {
    List<PartitionImage> list = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      list.add(new PartitionImage(i, List.of(1, 2), List.of(), List.of(), null, -1));
    }
    return new TopicImage(name, Uuid.randomUuid(), list, false);
  }
}
