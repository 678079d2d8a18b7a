package io.ottla.coordination.zookeeper;

import static io.ottla.coordination.Fixtures.and;
import static io.ottla.coordination.Fixtures.broker;
import static io.ottla.coordination.Fixtures.topic;
import static io.ottla.coordination.zookeeper.TestCluster.TIMEOUT;
import static io.ottla.coordination.zookeeper.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.znode.BrokerZNode;
import io.ottla.coordination.znode.ConfigZNode;
import io.ottla.coordination.znode.ControllerEpochZNode;
import io.ottla.coordination.znode.ControllerZNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.test.TestingServer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DuplicateBrokerRegistrationException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class ZooKeeperCoordinationTest {
  private static TestingServer server;
  private TestCluster cluster;

  @BeforeAll
  static void startServer() throws Exception {
    server = new TestingServer(true);
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @BeforeEach
  void setUp(TestInfo info) {
    cluster =
        new TestCluster(
            server.getConnectString(),
            "nested/" + info.getTestMethod().orElseThrow().getName(),
            6000);
  }

  @AfterEach
  void tearDown() {
    cluster.close();
  }

  @Test
  void everybodySeesATopicAndMovedLeaders() {
    cluster.startAll(3);
    assertThat(cluster.broker(0).image().clusterId())
        .isNotEmpty()
        .isEqualTo(cluster.broker(2).image().clusterId());
    TopicImage created = create("t", 100, 3);
    assertThat(created.partitions()).hasSize(100).allMatch(PartitionImage::hasLeader);
    for (int id = 1; id < 3; id++) {
      int seer = id;
      await(() -> created.equals(cluster.broker(seer).image().topic("t")));
    }
    cluster.stop(2);
    await(
        () ->
            cluster.broker(1).image().topic("t").partitions().stream()
                .allMatch(p -> p.leader() != 2 && p.hasLeader() && p.state().isrIds().size() == 2));
    assertThat(cluster.broker(1).image().brokers()).doesNotContainKey(2);
  }

  @Test
  void aKilledControllerIsReplacedAndItsPartitionsLed() {
    cluster.startAll(3);
    create("t", 30, 3);
    cluster.stop(0);
    await(() -> cluster.broker(1).image().controllerEpoch() == 2);
    await(
        () ->
            cluster.broker(1).image().topic("t").partitions().stream()
                .allMatch(p -> p.hasLeader() && p.leader() != 0 && !p.state().inIsr(0)));
    assertThat(cluster.controller().admin().isController()).isTrue();
  }

  @Test
  void competingIsrWritesConflict() {
    cluster.startAll(3);
    TopicImage created = create("t", 1, 3);
    TopicPartition key = new TopicPartition("t", 0);
    PartitionImage partition = created.partitions().get(0);
    await(
        () ->
            created.equals(cluster.broker(1).image().topic("t"))
                && created.equals(cluster.broker(2).image().topic("t")));
    PartitionState two = partition.state().withIsr(partition.state().isr().subList(0, 2), 1);
    PartitionState one = partition.state().withIsr(partition.state().isr().subList(0, 1), 1);
    assertThat(write(1, key, created.id(), two, 0)).isEqualTo(new StateWrite.Written(1));
    assertThat(cluster.broker(1).image().partition("t", 0).state()).isEqualTo(two);
    assertThat(write(2, key, created.id(), one, 0)).isEqualTo(new StateWrite.Conflict(two, 1));
    assertThat(cluster.broker(2).image().partition("t", 0).state()).isEqualTo(two);
    assertThat(write(2, key, created.id(), one, 1)).isEqualTo(new StateWrite.Written(2));
    await(() -> cluster.broker(0).image().partition("t", 0).version() == 2);
    assertThat(write(2, key, Uuid.randomUuid(), one, 2)).isEqualTo(new StateWrite.Gone());
  }

  @Test
  void drainingMovesLeadersAway() {
    cluster.startAll(3);
    create("t", 12, 2);
    cluster.broker(1).setDraining().join();
    await(
        () ->
            cluster.broker(1).image().topic("t").partitions().stream()
                .noneMatch(p -> p.leader() == 1 || p.state().inIsr(1)));
  }

  @Test
  void deletesWhileAReplicaIsDownAndFreesTheName() throws Exception {
    cluster.startAll(3);
    TopicImage first = create("t", 400, 3);
    List<Map<String, Uuid>> removed = Collections.synchronizedList(new ArrayList<>());
    cluster.broker(1).addListener((before, after, delta) -> removed.add(delta.removedTopics()));
    cluster.stop(2);
    join(cluster.broker(0).admin().deleteTopic(first.id(), TIMEOUT));
    TopicImage second = create("t", 2, 2);
    assertThat(second.id()).isNotEqualTo(first.id());
    await(() -> second.equals(cluster.broker(1).image().topic("t")));
    await(() -> removed.contains(Map.of("t", first.id())));
    ZooKeeperCoordination back = cluster.start(2);
    assertThat(back.image().topic(first.id())).isNull();
    assertThat(back.image().topic("t").id()).isEqualTo(second.id());
    try (var client = new Client()) {
      assertThat(client.zk().getChildren("/admin/delete_topics", false)).isEmpty();
    }
    assertThat(cluster.broker(0).admin().deleteTopic(first.id(), TIMEOUT))
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(UnknownTopicIdException.class);
  }

  @Test
  void deletesAndIdentifiesTopicsOfForeignTools() throws Exception {
    cluster.startAll(2);
    try (var client = new Client()) {
      client.create(
          "/brokers/topics/old", "{\"version\":1,\"partitions\":{\"0\":[0,1],\"1\":[1,0]}}");
      await(
          () -> {
            TopicImage topic = cluster.broker(1).image().topic("old");
            return topic != null
                && !topic.id().equals(Uuid.ZERO_UUID)
                && topic.partitions().stream().allMatch(PartitionImage::hasLeader);
          });
      client.create("/admin/delete_topics/old", null);
      await(() -> cluster.broker(1).image().topic("old") == null);
      assertThat(client.zk().exists("/brokers/topics/old", false)).isNull();
    }
  }

  @Test
  void marksOfTopicsThatDoNotExistDoNoHarm() throws Exception {
    cluster.startAll(2);
    try (var client = new Client()) {
      client.create("/admin/delete_topics/future", null);
      client.create(
          "/brokers/topics/seen",
          "{\"version\":1,\"partitions\":{\"0\":[0,1]}}"); // seen after the mark
      await(() -> cluster.broker(0).image().topic("seen") != null);
      TopicImage created = create("future", 2, 2);
      assertThat(client.zk().exists("/admin/delete_topics/future", false)).isNull();
      assertThat(cluster.broker(0).image().topic(created.id())).isNotNull();
    }
  }

  @Test
  void aGarbledStateIsLeftAloneAndHoldsUpNobody() throws Exception {
    cluster.startAll(2);
    try (var client = new Client()) {
      client.create(
          "/brokers/topics/t",
          "{\"version\":3,\"topic_id\":\"" + Uuid.randomUuid() + "\",\"partitions\":{}}");
      client.create("/brokers/topics/t/partitions", null);
      client.create("/brokers/topics/t/partitions/0", null);
      client.create("/brokers/topics/t/partitions/0/state", "garbage");
      client
          .zk()
          .setData(
              "/brokers/topics/t",
              ("{\"version\":3,\"topic_id\":\""
                      + Uuid.randomUuid()
                      + "\",\"partitions\":{\"0\":[0,1],\"1\":[1,0]}}")
                  .getBytes(StandardCharsets.UTF_8),
              -1);
      await(
          () ->
              cluster.broker(1).image().partition("t", 1) != null
                  && cluster.broker(1).image().partition("t", 1).hasLeader());
      assertThat(cluster.broker(1).image().partition("t", 0).hasLeader()).isFalse();
      assertThat(client.read("/brokers/topics/t/partitions/0/state")).isEqualTo("garbage");
      assertThat(create("u", 3, 2).partitions()).allMatch(PartitionImage::hasLeader);
    }
  }

  @Test
  void repairsStatesThatAForeignHandDeleted() throws Exception {
    cluster.startAll(2);
    TopicImage created = create("t", 2, 2);
    try (var client = new Client()) {
      client.zk().delete("/brokers/topics/t/partitions/0/state", -1);
      int leader = created.partitions().get(0).leader();
      PartitionState before = cluster.broker(0).image().partition("t", 0).state();
      cluster.broker(leader).setDraining().join();
      await(() -> client.zk().exists("/brokers/topics/t/partitions/0/state", false) != null);
      await(() -> cluster.broker(0).image().partition("t", 0).leader() != leader);
      assertThat(cluster.broker(0).image().partition("t", 0).state().leaderEpoch())
          .isGreaterThan(before.leaderEpoch());
    }
  }

  @Test
  void takesOverItsOwnStaleNodeAndOffice() throws Exception {
    cluster.start(1).close();
    try (var earlierLife = new Client()) {
      byte[] registration = BrokerZNode.encode(broker(0), 1);
      earlierLife
          .zk()
          .create(
              "/brokers/ids/0", registration, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
      earlierLife
          .zk()
          .create(
              "/controller",
              ControllerZNode.encode(0, 1),
              ZooDefs.Ids.OPEN_ACL_UNSAFE,
              CreateMode.EPHEMERAL);
      ZooKeeperCoordination again = cluster.make(0);
      again.start();
      assertThat(again.image().controllerId()).isZero();
      assertThat(again.register(broker(0)).orTimeout(3, TimeUnit.SECONDS).join()).isPositive();
      await(() -> again.admin().isController());
      assertThat(earlierLife.zk().exists("/brokers/ids/0", false).getEphemeralOwner())
          .isNotEqualTo(earlierLife.zk().getSessionId());
    }
  }

  @Test
  void anOfficeHeldByALivingForeignControllerIsRespected() throws Exception {
    cluster.start(1).close();
    try (var foreign = new Client()) {
      foreign
          .zk()
          .create(
              "/controller",
              ControllerZNode.encode(7, 1),
              ZooDefs.Ids.OPEN_ACL_UNSAFE,
              CreateMode.EPHEMERAL);
      ZooKeeperCoordination coordination = cluster.start(0);
      assertThat(coordination.image().controllerId()).isEqualTo(7);
      assertThat(coordination.admin().isController()).isFalse();
      foreign.zk().delete("/controller", -1);
      await(() -> coordination.admin().isController());
    }
  }

  @Test
  void aControllerThatWasReplacedBehindItsBackIsFenced() throws Exception {
    cluster.startAll(2);
    int epoch = cluster.broker(0).image().controllerEpoch();
    try (var client = new Client()) {
      // On the event thread: what is asked there at once is decided before the image can tell.
      ClusterAdmin admin = cluster.broker(0).admin();
      CompletableFuture<TopicImage> creation = new CompletableFuture<>();
      CompletableFuture<Void> way =
          admin.changeBrokerConfig(
              OptionalInt.empty(),
              stored -> {
                store(client.zk(), "/controller_epoch", ControllerEpochZNode.encode(epoch + 5));
                Futures.forward(admin.createTopic(topic("t", 1, 1), false, TIMEOUT), creation);
                throw new InvalidConfigurationException("only a way to the event thread");
              },
              TIMEOUT);
      assertThat(way)
          .failsWithin(TIMEOUT)
          .withThrowableThat()
          .withCauseInstanceOf(InvalidConfigurationException.class);
      assertThat(creation)
          .failsWithin(TIMEOUT)
          .withThrowableThat()
          .withCauseInstanceOf(NotControllerException.class);
      assertThat(client.zk().exists("/brokers/topics/t", false)).isNull();
      await(() -> cluster.broker(0).admin().isController());
      assertThat(cluster.broker(0).image().controllerEpoch()).isEqualTo(epoch + 5);
      assertThat(create("u", 1, 1).partitions()).allMatch(PartitionImage::hasLeader);
    }
  }

  @Test
  void refusesASecondBrokerOfTheSameId() {
    cluster = new TestCluster(server.getConnectString(), "refuses", 2000);
    ZooKeeperCoordination first = cluster.start(0);
    ZooKeeperCoordination impostor = cluster.make(0);
    impostor.start();
    BrokerRegistration other =
        new BrokerRegistration(
            0, -1, broker(0).endpoints(), Optional.empty(), "another", false, true);
    assertThat(impostor.register(other))
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(DuplicateBrokerRegistrationException.class);
    assertThat(first.image().broker(0).orElseThrow().epoch()).isEqualTo(first.brokerEpoch());
    first.close();
  }

  @Test
  void anExpiredSessionIsReplacedAndTheBrokerRegisteredAgain() throws Exception {
    cluster.startAll(3);
    create("t", 9, 3);
    long before = cluster.broker(0).brokerEpoch();
    cluster.expire(0);
    await(() -> cluster.broker(0).brokerEpoch() > before);
    await(() -> cluster.broker(0).sessionAlive());
    await(
        () ->
            cluster.broker(0).image().equals(cluster.broker(0).image())
                && cluster.broker(1).image().broker(0).map(BrokerRegistration::epoch).orElse(-1L)
                    == cluster.broker(0).brokerEpoch());
    await(() -> cluster.broker(1).image().controllerEpoch() == 2);
    await(
        () ->
            cluster.broker(0).image().topic("t").partitions().stream()
                .allMatch(
                    p ->
                        p.hasLeader() && cluster.broker(0).image().broker(p.leader()).isPresent()));
    assertThat(create("after", 3, 3).partitions()).allMatch(PartitionImage::hasLeader);
  }

  @Test
  void adminOperationsRefuseWithTheProtocolsErrors() {
    cluster.startAll(2);
    create("t", 1, 1);
    assertThat(cluster.broker(1).admin().createTopic(topic("u", 1, 1), false, TIMEOUT))
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(NotControllerException.class);
    assertThat(cluster.broker(0).admin().createTopic(topic("t", 1, 1), false, TIMEOUT))
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(TopicExistsException.class);
    assertThat(cluster.broker(0).admin().createTopic(topic("u", 1, 3), false, TIMEOUT))
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(InvalidReplicationFactorException.class);
    assertThat(cluster.broker(0).admin().createTopic(topic("a b", 1, 1), false, TIMEOUT))
        .failsWithin(TIMEOUT)
        .withThrowableThat()
        .withCauseInstanceOf(InvalidTopicException.class);
    TopicImage planned =
        join(cluster.broker(0).admin().createTopic(topic("v", 3, 2), true, TIMEOUT));
    assertThat(planned.partitions()).hasSize(3);
    assertThat(cluster.broker(0).image().topic("v")).isNull();
  }

  @Test
  void missingTopicsAreCreatedOnceByWhoeverAsks() {
    cluster.startAll(3);
    List<CompletableFuture<TopicImage>> asked = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      asked.add(cluster.broker(i % 3).admin().createMissingTopic(topic("auto", 3, 2), TIMEOUT));
    }
    for (CompletableFuture<TopicImage> answer : asked) {
      assertThat(join(answer).id()).isEqualTo(join(asked.get(0)).id());
      assertThat(join(answer).partitions()).allMatch(PartitionImage::hasLeader);
    }
  }

  @Test
  void changesOfOneConfigurationOnSeveralBrokersAllLast() {
    cluster.startAll(3);
    create("t", 1, 3);
    await(() -> cluster.broker(1).image().topic("t") != null);
    await(() -> cluster.broker(2).image().topic("t") != null);
    Set<String> keys = new HashSet<>();
    for (int round = 0; round < 20; round++) {
      List<CompletableFuture<Void>> changes = new ArrayList<>();
      for (int id = 0; id < 3; id++) {
        String key = "key" + round + "." + id;
        keys.add(key);
        ClusterAdmin admin = cluster.broker(id).admin();
        changes.add(admin.changeTopicConfig("t", and(key, "1"), TIMEOUT));
        changes.add(admin.changeBrokerConfig(OptionalInt.empty(), and(key, "1"), TIMEOUT));
      }
      changes.forEach(ZooKeeperCoordinationTest::join);
    }
    for (int id = 0; id < 3; id++) {
      int seer = id;
      await(() -> cluster.broker(seer).image().topicConfig("t").keySet().equals(keys));
      await(() -> cluster.broker(seer).image().defaultBrokerConfig().keySet().equals(keys));
    }
  }

  @Test
  void aChangeSeesWhatIsStoredAndMayRefuseIt() throws Exception {
    cluster.startAll(1);
    create("t", 1, 1);
    ClusterAdmin admin = cluster.broker(0).admin();
    join(admin.changeTopicConfig("t", and("a", "1"), TIMEOUT));
    String path = ConfigZNode.topicPath("t");
    byte[] others = ConfigZNode.encode(Map.of("a", "2"));
    List<Map<String, String>> seen = Collections.synchronizedList(new ArrayList<>());
    ZooKeeper other = cluster.client();
    try {
      CompletableFuture<Void> refused =
          admin.changeTopicConfig(
              "t",
              stored -> {
                seen.add(stored);
                if (!stored.equals(Map.of("a", "1"))) {
                  throw new InvalidConfigurationException("not with " + stored);
                }
                store(other, path, others); // on the thread that would see it: the image is late
                return Map.of("a", "1", "b", "1");
              },
              TIMEOUT);
      assertThatThrownBy(refused::join)
          .hasCauseInstanceOf(InvalidConfigurationException.class)
          .hasMessageContaining("not with {a=2}");
      assertThat(seen).containsExactly(Map.of("a", "1"), Map.of("a", "2"));
      // Asked for what a late image shows already, the truth counts.
      List<Map<String, String>> seenLate = Collections.synchronizedList(new ArrayList<>());
      join(
          admin.changeTopicConfig(
              "t",
              stored -> {
                if (seenLate.isEmpty()) {
                  store(other, path, ConfigZNode.encode(Map.of()));
                }
                seenLate.add(stored);
                return Map.of("a", "2");
              },
              TIMEOUT));
      assertThat(seenLate).containsExactly(Map.of("a", "2"), Map.of());
      assertThat(ConfigZNode.decode(path, other.getData(path, false, null)))
          .isEqualTo(Map.of("a", "2"));
    } finally {
      other.close();
    }
  }

  private static void store(ZooKeeper client, String path, byte[] data) {
    try {
      client.setData(path, data, -1);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void configurationPartitionsAndElections() throws Exception {
    cluster.startAll(3);
    TopicImage created = create("t", 3, 3);
    var admin = cluster.broker(0).admin();
    join(admin.changeTopicConfig("t", and("retention.ms", "1000"), TIMEOUT));
    join(admin.changeTopicConfig("t", and("retention.ms", "2000"), TIMEOUT));
    join(
        cluster
            .broker(2)
            .admin()
            .changeBrokerConfig(OptionalInt.empty(), and("log.retention.ms", "5"), TIMEOUT));
    join(cluster.broker(1).admin().changeBrokerConfig(OptionalInt.of(2), and("x", "y"), TIMEOUT));
    for (int id = 0; id < 3; id++) {
      int seer = id;
      await(
          () ->
              cluster.broker(seer).image().topicConfig("t").equals(Map.of("retention.ms", "2000"))
                  && cluster
                      .broker(seer)
                      .image()
                      .defaultBrokerConfig()
                      .equals(Map.of("log.retention.ms", "5"))
                  && cluster.broker(seer).image().brokerConfig(2).equals(Map.of("x", "y")));
    }
    join(admin.createPartitions("t", 7, List.of(), false, TIMEOUT));
    assertThat(cluster.broker(0).image().topic("t").partitions())
        .hasSize(7)
        .allMatch(PartitionImage::hasLeader);
    TopicPartition first = new TopicPartition("t", 0);
    Map<TopicPartition, ?> result =
        join(
            admin.electLeaders(
                ElectionType.PREFERRED, Set.of(first, new TopicPartition("no", 1)), TIMEOUT));
    assertThat(result).hasSize(2);
    assertThat(join(admin.electLeaders(ElectionType.PREFERRED, null, TIMEOUT))).isEmpty();
    assertThat(join(cluster.broker(0).allocateProducerIds()).first()).isZero();
    assertThat(join(cluster.broker(1).allocateProducerIds()).first()).isEqualTo(1000);
    try (var client = new Client()) {
      assertThat(client.read("/latest_producer_id_block"))
          .isEqualTo(
              "{\"version\":1,\"broker\":1,\"block_start\":\"1000\",\"block_end\":\"1999\"}");
      assertThat(client.read("/config/topics/t"))
          .isEqualTo("{\"version\":1,\"config\":{\"retention.ms\":\"2000\"}}");
      assertThat(client.zk().getChildren("/config/changes", false)).hasSize(4);
      assertThat(client.read("/controller_epoch")).isEqualTo("1");
      assertThat(client.read("/brokers/topics/t"))
          .contains("\"topic_id\":\"" + created.id() + "\"");
    }
  }

  @Test
  void deltasAddUpToTheImage() {
    cluster.startAll(2);
    Set<TopicPartition> seen = Collections.synchronizedSet(new java.util.HashSet<>());
    List<ImageDelta> deltas = Collections.synchronizedList(new ArrayList<>());
    List<Long> versions = Collections.synchronizedList(new ArrayList<>());
    cluster
        .broker(1)
        .addListener(
            (before, after, delta) -> {
              deltas.add(delta);
              versions.add(after.version());
              seen.addAll(delta.partitions());
            });
    create("a", 5, 2);
    create("b", 5, 2);
    await(() -> seen.size() == 10);
    await(
        () ->
            cluster.broker(1).image().topic("b").partitions().stream()
                .allMatch(PartitionImage::hasLeader));
    assertThat(versions).isSorted().doesNotHaveDuplicates();
    assertThat(deltas.subList(1, deltas.size())).noneMatch(ImageDelta::isEmpty);
  }

  @Test
  void startSaysWhereItCouldNotConnect() {
    ZooKeeperCoordination nowhere =
        new ZooKeeperCoordination(
            new io.ottla.coordination.cluster.ZooKeeperSettings("127.0.0.1:1", 1000, 300),
            1,
            io.ottla.coordination.cluster.ControllerSettings.defaults(),
            System::nanoTime,
            java.time.Clock.systemUTC(),
            new com.codahale.metrics.MetricRegistry());
    assertThatThrownBy(nowhere::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("127.0.0.1:1");
  }

  private TopicImage create(String name, int partitions, int replicationFactor) {
    await(() -> cluster.controller() != null);
    return join(
        cluster
            .controller()
            .admin()
            .createTopic(topic(name, partitions, replicationFactor), false, TIMEOUT));
  }

  private StateWrite write(
      int broker, TopicPartition key, Uuid id, PartitionState next, int version) {
    return join(cluster.broker(broker).writePartitionState(key, id, next, version));
  }

  private static <T> T join(CompletableFuture<T> future) {
    return future.orTimeout(Duration.ofSeconds(20).toMillis(), TimeUnit.MILLISECONDS).join();
  }

  private final class Client implements AutoCloseable {
    private final ZooKeeper zk;

    Client() throws Exception {
      zk = cluster.client();
    }

    ZooKeeper zk() {
      return zk;
    }

    void create(String path, String data) throws Exception {
      zk.create(
          path,
          data == null ? null : data.getBytes(StandardCharsets.UTF_8),
          ZooDefs.Ids.OPEN_ACL_UNSAFE,
          CreateMode.PERSISTENT);
    }

    String read(String path) throws Exception {
      return new String(zk.getData(path, false, null), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      try {
        zk.close(2000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
