package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** What a broker concludes from an image about itself: whether it may stop. */
class ImageJudgementTest {
  private static final List<IsrMember> NONE = List.of();

  @Test
  void aLeaderWaitsForAnotherOnlyWhenThereIsOne() {
    PartitionState both = state(1, List.of(new IsrMember(1, 10), new IsrMember(2, 11)), NONE);
    assertThat(movable(both, broker(1, false), broker(2, false))).isEqualTo(1);
    assertThat(movable(both, broker(1, false), broker(2, true))).isZero();
    assertThat(movable(both, broker(1, false))).isZero();
    assertThat(movable(state(1, List.of(new IsrMember(1, 10)), NONE), broker(1, false))).isZero();
    PartitionState elsewhere = state(2, List.of(new IsrMember(1, 10), new IsrMember(2, 11)), NONE);
    assertThat(movable(elsewhere, broker(1, false), broker(2, false))).isZero();
  }

  private static int movable(PartitionState state, BrokerRegistration... brokers) {
    return ControlledShutdown.movable(image(state, brokers), 1);
  }

  private static PartitionState state(int leader, List<IsrMember> isr, List<IsrMember> eligible) {
    return new PartitionState(1, leader, 3, isr, eligible, false);
  }

  private static BrokerRegistration broker(int id, boolean draining) {
    return new BrokerRegistration(
        id, 10 + id, List.of(), Optional.empty(), "incarnation", draining, true);
  }

  private static ClusterImage image(PartitionState state, BrokerRegistration... brokers) {
    PartitionImage partition = new PartitionImage(0, List.of(1, 2), List.of(), List.of(), state, 1);
    ClusterImage.Builder builder =
        ClusterImage.builder()
            .topic(new TopicImage("t", Uuid.randomUuid(), List.of(partition), false));
    Arrays.stream(brokers).forEach(builder::broker);
    return builder.build();
  }
}
