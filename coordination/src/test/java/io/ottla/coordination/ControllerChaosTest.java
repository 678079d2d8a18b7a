package io.ottla.coordination;

import static io.ottla.coordination.Fixtures.broker;
import static io.ottla.coordination.Fixtures.topic;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Random crashes, cuts, expirations, delays and administration; what is always true is checked at
 * every write.
 */
class ControllerChaosTest {
  private static final int BROKERS = 4;
  private static final int STEPS = 250;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Property(tries = 60)
  void statesAreSafeAllAlongAndRightInTheEnd(@ForAll long seed) {
    Run run = new Run(seed);
    for (int i = 0; i < STEPS; i++) {
      run.step();
    }
    run.settle();
  }

  private static final class Run {
    private final Random random;
    private final InMemoryCluster cluster;
    private final Map<Integer, InMemoryCoordination> alive = new HashMap<>();
    private final Map<Integer, Boolean> cut = new HashMap<>();
    private final Map<Uuid, Map<Integer, PartitionState>> last = new HashMap<>();
    private int topics;

    Run(long seed) {
      random = new Random(seed);
      cluster = InMemoryCluster.pumped(seed);
      for (int id = 0; id < BROKERS; id++) {
        startBroker(id);
      }
      cluster.deliverAll();
    }

    void step() {
      int id = random.nextInt(BROKERS);
      switch (random.nextInt(14)) {
        case 0 -> crashOrStart(id);
        case 1 -> cluster.expireSession(id);
        case 2 -> cutOrMend(id);
        case 3 -> createTopic(id);
        case 4 -> deleteTopic(id);
        case 5 -> shrink();
        case 6, 7 -> expand();
        case 8 -> cluster.catchUp(id);
        case 9 -> cluster.advance(Duration.ofMillis(random.nextInt(1500)));
        case 10 -> addPartitions(id);
        default -> cluster.deliver(id);
      }
      check();
    }

    private void startBroker(int id) {
      InMemoryCoordination started = cluster.coordination(id);
      alive.put(id, started);
      cut.put(id, false);
      started.start();
      ignore(started.register(broker(id).withTrusted(random.nextInt(8) != 0)));
    }

    private void crashOrStart(int id) {
      if (alive.containsKey(id)) {
        cluster.crash(id);
        alive.remove(id);
      } else {
        startBroker(id);
      }
    }

    private void cutOrMend(int id) {
      if (!alive.containsKey(id)) {
        return;
      }
      if (cut.get(id)) {
        cluster.reconnect(id);
      } else {
        cluster.disconnect(id);
      }
      cut.put(id, !cut.get(id));
    }

    private void createTopic(int id) {
      InMemoryCoordination asked = alive.get(id);
      if (asked != null && topics < 6) {
        int factor = 1 + random.nextInt(3);
        ignore(
            asked
                .admin()
                .createMissingTopic(
                    topic("t" + topics++ % 4, 1 + random.nextInt(5), factor), TIMEOUT));
      }
    }

    private void deleteTopic(int id) {
      InMemoryCoordination asked = alive.get(id);
      if (asked != null && random.nextInt(4) == 0) {
        asked.image().topics().stream()
            .findFirst()
            .ifPresent(t -> ignore(asked.admin().deleteTopic(t.id(), TIMEOUT)));
      }
    }

    private void addPartitions(int id) {
      InMemoryCoordination asked = alive.get(id);
      if (asked != null) {
        asked.image().topics().stream()
            .findFirst()
            .filter(t -> t.partitions().size() < 8)
            .ifPresent(
                t ->
                    ignore(
                        asked
                            .admin()
                            .createPartitions(
                                t.name(), t.partitions().size() + 1, List.of(), false, TIMEOUT)));
      }
    }

    /** A leader, as it sees things, drops a follower. */
    private void shrink() {
      change(
          (leader, state) -> {
            List<IsrMember> isr = new ArrayList<>(state.isr());
            isr.removeIf(m -> m.brokerId() != leader.brokerId() && random.nextBoolean());
            return isr;
          });
    }

    /** A leader, as it sees things, takes back a replica under its current registration. */
    private void expand() {
      change(
          (leader, state) -> {
            List<IsrMember> isr = new ArrayList<>(state.isr());
            for (BrokerRegistration live : leader.image().brokers().values()) {
              if (!state.inIsr(live.id()) && alive.containsKey(live.id())) {
                isr.add(new IsrMember(live.id(), live.epoch()));
              }
            }
            return isr;
          });
    }

    private interface IsrChange {
      List<IsrMember> apply(InMemoryCoordination leader, PartitionState state);
    }

    private void change(IsrChange change) {
      for (InMemoryCoordination broker : List.copyOf(alive.values())) {
        for (TopicImage topic : broker.image().topics()) {
          for (PartitionImage partition : topic.partitions()) {
            if (partition.leader() == broker.brokerId() && random.nextInt(3) == 0) {
              List<IsrMember> isr = new ArrayList<>(change.apply(broker, partition.state()));
              isr.removeIf(m -> !partition.replicas().contains(m.brokerId()));
              PartitionState next = partition.state().withIsr(isr, 1);
              if (!next.equals(partition.state())) {
                ignore(
                    broker.writePartitionState(
                        new TopicPartition(topic.name(), partition.partition()),
                        topic.id(),
                        next,
                        partition.version()));
              }
            }
          }
        }
      }
    }

    private void check() {
      for (TopicImage topic : cluster.truth().topics()) {
        Map<Integer, PartitionState> states =
            last.computeIfAbsent(topic.id(), t -> new HashMap<>());
        for (PartitionImage partition : topic.partitions()) {
          PartitionState state = partition.state();
          PartitionState before = states.get(partition.partition());
          if (state == null) {
            assertThat(before).isNull();
            continue;
          }
          states.put(partition.partition(), state);
          assertThat(partition.replicas()).containsAll(state.isrIds());
          assertThat(!state.hasLeader() || state.inIsr(state.leader())).isTrue();
          if (before != null) {
            assertThat(state.leaderEpoch()).isGreaterThanOrEqualTo(before.leaderEpoch());
            assertThat(state.controllerEpoch()).isGreaterThanOrEqualTo(before.controllerEpoch());
            if (state.leaderEpoch() == before.leaderEpoch()) {
              assertThat(state.leader()).isEqualTo(before.leader());
            }
          }
        }
      }
      long inOffice =
          alive.values().stream()
              .filter(InMemoryCoordination::isController)
              .filter(
                  b ->
                      b.image().controllerEpoch() == cluster.truth().controllerEpoch()
                          && cluster.truth().controllerId() == b.brokerId())
              .count();
      assertThat(inOffice).isLessThanOrEqualTo(1);
    }

    /**
     * Everybody comes back; then every partition is led by a current member of its ISR, and all
     * images are the truth.
     */
    void settle() {
      for (int id = 0; id < BROKERS; id++) {
        if (!alive.containsKey(id)) {
          startBroker(id);
        } else if (cut.get(id)) {
          cutOrMend(id);
        }
      }
      for (int i = 0; i < 5; i++) {
        cluster.deliverAll();
        cluster.advance(Duration.ofSeconds(2));
      }
      cluster.deliverAll();
      check();
      ClusterImage truth = cluster.truth();
      assertThat(truth.controllerId()).isNotNegative();
      for (TopicImage topic : truth.topics()) {
        assertThat(topic.deleting()).isFalse();
        for (PartitionImage partition : topic.partitions()) {
          assertThat(partition.hasLeader())
              .as("%s-%s %s", topic.name(), partition, truth.brokers())
              .isTrue();
          for (IsrMember member : partition.state().isr()) {
            assertThat(truth.brokers().get(member.brokerId()).epoch())
                .isEqualTo(member.brokerEpoch());
          }
        }
      }
      for (InMemoryCoordination broker : alive.values()) {
        assertThat(List.copyOf(broker.image().topics()))
            .containsExactlyInAnyOrderElementsOf(truth.topics());
        assertThat(broker.image().brokers()).isEqualTo(truth.brokers());
        assertThat(broker.image().controllerId()).isEqualTo(truth.controllerId());
      }
    }

    private static void ignore(java.util.concurrent.CompletableFuture<?> future) {
      Futures.onDone(future, (value, error) -> {});
    }
  }
}
