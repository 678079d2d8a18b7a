package io.ottla.coordination.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.Fixtures;
import io.ottla.coordination.cluster.BrokerRegistration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.junit.jupiter.api.Test;

class ReplicaPlacementTest {
  @Property(tries = 500)
  void replicasAreDistinctAndLeadersEven(
      @ForAll @IntRange(min = 1, max = 12) int brokers,
      @ForAll @IntRange(min = 1, max = 60) int partitions,
      @ForAll @IntRange(min = 1, max = 5) int replicationFactor,
      @ForAll long seed) {
    Assume.that(replicationFactor <= brokers);
    List<List<Integer>> placed =
        ReplicaPlacement.place(
            plain(brokers), 0, partitions, replicationFactor, -1, new Random(seed));
    assertThat(placed).hasSize(partitions);
    Map<Integer, Integer> leaders = new HashMap<>();
    for (List<Integer> replicas : placed) {
      assertThat(replicas).hasSize(replicationFactor).doesNotHaveDuplicates();
      leaders.merge(replicas.get(0), 1, Integer::sum);
    }
    int floor = partitions / brokers;
    assertThat(leaders.values()).allMatch(count -> count == floor || count == floor + 1);
  }

  @Property(tries = 500)
  void noRackTwiceWhileAnotherHasNone(
      @ForAll @IntRange(min = 2, max = 4) int racks,
      @ForAll @IntRange(min = 1, max = 4) int perRack,
      @ForAll @IntRange(min = 1, max = 4) int replicationFactor,
      @ForAll long seed) {
    Assume.that(replicationFactor <= racks * perRack);
    List<BrokerRegistration> brokers = new ArrayList<>();
    for (int id = 0; id < racks * perRack; id++) {
      brokers.add(Fixtures.inRack(id, "rack-" + id / perRack));
    }
    for (List<Integer> replicas :
        ReplicaPlacement.place(brokers, 0, 40, replicationFactor, -1, new Random(seed))) {
      HashSet<Integer> used = new HashSet<>();
      replicas.forEach(id -> used.add(id / perRack));
      assertThat(replicas).hasSize(replicationFactor).doesNotHaveDuplicates();
      assertThat(used).hasSize(Math.min(racks, replicationFactor));
    }
  }

  @Test
  void drainingBrokersAreAvoidedWhileThereAreEnoughOthers() {
    List<BrokerRegistration> brokers = plain(3);
    brokers.set(1, brokers.get(1).withDraining(true));
    assertThat(ReplicaPlacement.place(brokers, 0, 10, 2, -1, new Random(1)))
        .noneMatch(r -> r.contains(1));
    assertThat(ReplicaPlacement.place(brokers, 0, 10, 3, -1, new Random(1)))
        .allMatch(r -> r.contains(1));
  }

  @Test
  void tooFewBrokersAreRefused() {
    assertThatThrownBy(() -> ReplicaPlacement.place(plain(2), 0, 1, 3, -1, new Random(1)))
        .isInstanceOf(InvalidReplicationFactorException.class)
        .hasMessageContaining("larger than available brokers: 2");
    assertThatThrownBy(() -> ReplicaPlacement.place(plain(2), 0, 1, 0, -1, new Random(1)))
        .isInstanceOf(InvalidReplicationFactorException.class);
  }

  @Test
  void morePartitionsGoOnWhereTheTopicEnded() {
    List<List<Integer>> added = ReplicaPlacement.place(plain(3), 4, 3, 2, 2, new Random(1));
    assertThat(added).extracting(r -> r.get(0)).containsExactly(0, 1, 2);
  }

  private static List<BrokerRegistration> plain(int count) {
    List<BrokerRegistration> brokers = new ArrayList<>();
    for (int id = 0; id < count; id++) {
      brokers.add(Fixtures.broker(id, id));
    }
    return brokers;
  }
}
