package io.ottla.coordination;

import static io.ottla.coordination.Fixtures.and;
import static io.ottla.coordination.Fixtures.broker;
import static io.ottla.coordination.Fixtures.topic;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotControllerException;
import org.junit.jupiter.api.Test;

class InMemoryClusterTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Test
  void createsTopicsAndMovesLeadersOfADeadBroker() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    assertThat(brokers.get(0).isController()).isTrue();

    TopicImage created =
        brokers.get(0).admin().createTopic(topic("t", 30, 3), false, TIMEOUT).join();
    assertThat(created.partitions()).hasSize(30).allMatch(PartitionImage::hasLeader);
    assertThat(brokers.get(2).image().topic("t")).isEqualTo(created);

    cluster.crash(2);
    assertThat(brokers.get(0).image().brokers()).containsKey(2);
    cluster.expireSession(2);
    for (PartitionImage partition : cluster.truth().topic("t").partitions()) {
      assertThat(partition.leader()).isNotEqualTo(2);
      assertThat(partition.state().isrIds()).containsExactlyInAnyOrder(0, 1);
    }
  }

  @Test
  void aNewControllerFinishesWhatTheDeadOneLed() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    brokers.get(0).admin().createTopic(topic("t", 12, 3), false, TIMEOUT).join();
    cluster.crash(0);
    cluster.expireSession(0);
    assertThat(cluster.truth().controllerId()).isNotEqualTo(0);
    assertThat(cluster.truth().controllerEpoch()).isEqualTo(2);
    assertThat(cluster.truth().topic("t").partitions())
        .allMatch(p -> p.leader() == 1 || p.leader() == 2);
    CompletableFuture<TopicImage> refused =
        brokers.get(follower(brokers)).admin().createTopic(topic("u", 1, 1), false, TIMEOUT);
    assertThat(refused)
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(NotControllerException.class);
  }

  private static int follower(List<InMemoryCoordination> brokers) {
    return brokers.get(1).isController() ? 2 : 1;
  }

  @Test
  void deliversOnlyWhatTheTestAsksFor() {
    InMemoryCluster cluster = InMemoryCluster.pumped(7);
    List<InMemoryCoordination> brokers = start(cluster, 3);
    cluster.deliverAll();
    CompletableFuture<TopicImage> created =
        brokers.get(0).admin().createTopic(topic("t", 1, 3), false, TIMEOUT);
    assertThat(created).isCompleted();
    assertThat(brokers.get(1).image().topic("t")).isNull();
    assertThat(cluster.deliver(1)).isTrue();
    assertThat(brokers.get(1).image().topic("t").partitions().get(0).state()).isNull();
    cluster.deliverAll(1);
    assertThat(brokers.get(1).image().topic("t")).isEqualTo(created.join());
    assertThat(brokers.get(2).image().topic("t")).isNull();
    List<ImageDelta> deltas = new ArrayList<>();
    brokers.get(2).addListener((before, after, delta) -> deltas.add(delta));
    cluster.catchUp(2);
    assertThat(deltas).hasSize(2);
    assertThat(deltas.get(1).partitions()).containsExactly(new TopicPartition("t", 0));
    assertThat(cluster.pending(2)).isZero();
  }

  @Test
  void staleLeadersGetAConflictAndDeletedTopicsAreGone() {
    InMemoryCluster cluster = InMemoryCluster.pumped(7);
    List<InMemoryCoordination> brokers = start(cluster, 3);
    cluster.deliverAll();
    TopicImage created =
        brokers.get(0).admin().createTopic(topic("t", 1, 3), false, TIMEOUT).join();
    TopicPartition key = new TopicPartition("t", 0);
    PartitionImage partition = created.partitions().get(0);
    PartitionState shrunk = partition.state().withIsr(partition.state().isr().subList(0, 1), 1);
    assertThat(
            brokers
                .get(1)
                .writePartitionState(key, created.id(), shrunk, partition.version())
                .join())
        .isEqualTo(new StateWrite.Written(1));
    assertThat(
            brokers
                .get(2)
                .writePartitionState(key, created.id(), shrunk, partition.version())
                .join())
        .isEqualTo(new StateWrite.Conflict(shrunk, 1));
    CompletableFuture<Void> deleted = brokers.get(0).admin().deleteTopic(created.id(), TIMEOUT);
    assertThat(deleted).isCompleted();
    assertThat(brokers.get(1).writePartitionState(key, created.id(), shrunk, 1).join())
        .isEqualTo(new StateWrite.Gone());
  }

  @Test
  void expiredBrokersRegisterAnewWithAHigherEpoch() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    brokers.get(0).admin().createTopic(topic("t", 9, 3), false, TIMEOUT).join();
    long before = brokers.get(0).brokerEpoch();
    cluster.expireSession(0);
    assertThat(brokers.get(0).brokerEpoch()).isGreaterThan(before);
    assertThat(brokers.get(0).isController()).isFalse();
    assertThat(cluster.truth().topic("t").partitions())
        .allMatch(p -> p.hasLeader() && p.leader() != 0 && !p.state().inIsr(0));
  }

  @Test
  void writesOfACutOffControllerAreFenced() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    cluster.disconnect(0);
    CompletableFuture<TopicImage> created =
        brokers.get(0).admin().createTopic(topic("t", 1, 1), false, TIMEOUT);
    assertThat(created).isNotCompleted();
    cluster.expireSession(0);
    assertThat(brokers.get(0).isController()).isTrue(); // it does not know yet
    assertThat(cluster.truth().controllerId()).isNotEqualTo(0);
    assertThat(brokers.get(0).sessionAlive()).isTrue();
    cluster.advance(Duration.ofSeconds(18));
    assertThat(brokers.get(0).sessionAlive()).isFalse();
    cluster.reconnect(0);
    assertThat(brokers.get(0).isController()).isFalse();
    assertThat(created).isCompletedExceptionally();
    assertThat(cluster.truth().topic("t")).isNull();
  }

  @Test
  void drainingBrokersLoseTheirLeadersAndTheirPlaceInTheIsr() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    brokers.get(0).admin().createTopic(topic("t", 9, 2), false, TIMEOUT).join();
    brokers.get(1).setDraining().join();
    assertThat(cluster.truth().topic("t").partitions())
        .noneMatch(p -> p.leader() == 1 || p.state().inIsr(1));
  }

  @Test
  void leadersGoHomeByThemselvesAfterAWhile() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    TopicImage created =
        brokers.get(0).admin().createTopic(topic("t", 9, 3), false, TIMEOUT).join();
    cluster.expireSession(2);
    assertThat(led(cluster, 2)).isZero();
    long epoch = cluster.truth().brokers().get(2).epoch();
    for (PartitionImage partition : cluster.truth().topic("t").partitions()) {
      List<IsrMember> isr = new ArrayList<>(partition.state().isr());
      isr.add(new IsrMember(2, epoch));
      brokers
          .get(partition.leader())
          .writePartitionState(
              new TopicPartition("t", partition.partition()),
              created.id(),
              partition.state().withIsr(isr, 1),
              partition.version())
          .join();
    }
    cluster.advance(Duration.ofSeconds(5));
    assertThat(led(cluster, 2)).isEqualTo(3);
  }

  private static long led(InMemoryCluster cluster, int broker) {
    return cluster.truth().topic("t").partitions().stream()
        .filter(p -> p.leader() == broker)
        .count();
  }

  @Test
  void uncleanElectionByRequestAndByConfiguration() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    InMemoryCoordination controller = brokers.get(0);
    for (String name : List.of("asked", "configured")) {
      TopicImage created =
          controller
              .admin()
              .createTopic(
                  new io.ottla.coordination.cluster.NewTopicSpec(
                      name, 1, (short) 2, List.of(List.of(1, 2)), Map.of()),
                  false,
                  TIMEOUT)
              .join();
      PartitionImage partition = created.partitions().get(0);
      PartitionState alone = partition.state().withIsr(partition.state().isr().subList(0, 1), 1);
      brokers
          .get(1)
          .writePartitionState(new TopicPartition(name, 0), created.id(), alone, 0)
          .join();
    }
    cluster.crash(1);
    cluster.expireSession(1);
    assertThat(cluster.truth().partition("asked", 0).leader()).isEqualTo(-1);
    TopicPartition asked = new TopicPartition("asked", 0);
    assertThat(
            controller
                .admin()
                .electLeaders(ElectionType.UNCLEAN, Set.of(asked), TIMEOUT)
                .join()
                .get(asked))
        .isEmpty();
    assertThat(cluster.truth().partition("asked", 0).leader()).isEqualTo(2);
    assertThat(cluster.truth().partition("asked", 0).state().recovering()).isTrue();
    controller
        .admin()
        .changeTopicConfig("configured", and("unclean.leader.election.enable", "true"), TIMEOUT)
        .join();
    assertThat(cluster.truth().partition("configured", 0).leader()).isEqualTo(2);
    assertThat(
            controller.admin().electLeaders(ElectionType.PREFERRED, null, TIMEOUT).join().values())
        .allMatch(java.util.Optional::isPresent);
  }

  @Test
  void brokerConfigurationAndMorePartitions() {
    InMemoryCluster cluster = InMemoryCluster.immediate();
    List<InMemoryCoordination> brokers = start(cluster, 3);
    brokers.get(2).admin().changeBrokerConfig(OptionalInt.of(1), and("a", "b"), TIMEOUT).join();
    assertThat(brokers.get(0).image().brokerConfig(1)).containsEntry("a", "b");
    ClusterImage before = brokers.get(1).image();
    brokers.get(1).admin().createMissingTopic(topic("auto", 2, 2), TIMEOUT).join();
    brokers.get(2).admin().createMissingTopic(topic("auto", 2, 2), TIMEOUT).join();
    brokers.get(0).admin().createPartitions("auto", 5, List.of(), false, TIMEOUT).join();
    assertThat(brokers.get(1).image().topic("auto").partitions())
        .hasSize(5)
        .allMatch(PartitionImage::hasLeader);
    assertThat(before.topic("auto")).isNull();
    assertThat(brokers.get(1).allocateProducerIds().join().first()).isZero();
    assertThat(brokers.get(2).allocateProducerIds().join().first()).isEqualTo(1000);
  }

  @Test
  void aChangeOfConfigurationMadeOnALateImageLosesNothing() {
    InMemoryCluster cluster = InMemoryCluster.pumped(3);
    List<InMemoryCoordination> brokers = start(cluster, 3);
    cluster.deliverAll();
    CompletableFuture<TopicImage> created =
        brokers.get(0).admin().createTopic(topic("t", 1, 3), false, TIMEOUT);
    cluster.deliverAll();
    assertThat(created).isCompleted();
    for (int id = 0; id < 3; id++) { // none has seen what those before it wrote
      String key = "key" + id;
      ClusterAdmin admin = brokers.get(id).admin();
      admin.changeTopicConfig("t", and(key, "1"), TIMEOUT).join();
      admin.changeBrokerConfig(OptionalInt.of(7), and(key, "2"), TIMEOUT).join();
      admin.changeBrokerConfig(OptionalInt.empty(), and(key, "3"), TIMEOUT).join();
    }
    assertThat(cluster.truth().brokerConfig(7)).containsOnlyKeys("key0", "key1", "key2");
    assertThat(cluster.truth().defaultBrokerConfig()).containsOnlyKeys("key0", "key1", "key2");
    assertThat(cluster.truth().topicConfig("t")).containsOnlyKeys("key0", "key1", "key2");
  }

  private static List<InMemoryCoordination> start(InMemoryCluster cluster, int count) {
    List<InMemoryCoordination> brokers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      InMemoryCoordination coordination = cluster.coordination(i);
      coordination.start();
      coordination.register(broker(i)).join();
      brokers.add(coordination);
    }
    return brokers;
  }
}
