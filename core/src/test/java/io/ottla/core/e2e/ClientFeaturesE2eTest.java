package io.ottla.core.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ottla.core.broker.BrokerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients and administrators do, on one cluster of three; each test leaves all running. */
@Timeout(45)
class ClientFeaturesE2eTest {
  private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
  private static final int SECONDS = 30;

  @TempDir static Path temp;
  private static TestCluster cluster;
  private static Admin admin;

  @BeforeAll
  static void start() throws Exception {
    cluster =
        TestCluster.start(
            temp,
            3,
            Map.of(
                "min.insync.replicas",
                "2",
                "broker.rack",
                "rack-{id}",
                "replica.selector.class",
                "org.apache.kafka.common.replica.RackAwareReplicaSelector"));
    admin = cluster.admin();
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
    cluster.close();
  }

  @BeforeEach
  void allRun() throws Exception {
    for (int id = 0; id < 3; id++) {
      if (cluster.broker(id).state() != BrokerState.RUNNING) {
        cluster.startBroker(id);
      }
    }
    allSeeAll();
  }

  private static void allSeeAll() {
    await()
        .atMost(Duration.ofSeconds(SECONDS))
        .until(
            () ->
                cluster.running().stream()
                    .allMatch(broker -> broker.coordination().image().brokers().size() == 3));
  }

  /** The client gives up on NOT_CONTROLLER here, which it gets when it knows an old controller. */
  private static void elect(ElectionType type, TopicPartition partition) {
    await()
        .atMost(Duration.ofSeconds(SECONDS))
        .ignoreExceptionsMatching(e -> e.getCause() instanceof NotControllerException)
        .until(
            () -> {
              try (Admin fresh = cluster.admin()) {
                fresh.electLeaders(type, Set.of(partition)).all().get(SECONDS, TimeUnit.SECONDS);
                return true;
              }
            });
  }

  private static void send(KafkaProducer<String, String> producer, String topic, String value)
      throws Exception {
    producer.send(new ProducerRecord<>(topic, 0, null, value)).get(SECONDS, TimeUnit.SECONDS);
  }

  private static List<String> values(String topic, int partition, int count) {
    return cluster.read(topic, partition, count).stream().map(r -> r.value()).toList();
  }

  private static void awaitFullIsr(String topic) {
    await()
        .atMost(Duration.ofSeconds(SECONDS))
        .until(
            () ->
                cluster.running().size() == 3
                    && cluster.image().partition(topic, 0).state().isr().size() == 3);
  }

  @Test
  void everyCodecWithEveryAcks() throws Exception {
    List<String> acks = List.of("0", "1", "all");
    cluster.createTopic("codecs", CODECS.size() * acks.size(), 3, Map.of());
    int partition = 0;
    for (String codec : CODECS) {
      for (String ack : acks) {
        List<String> sent = new ArrayList<>();
        Map<String, Object> configuration =
            Map.of(
                "acks",
                ack,
                "compression.type",
                codec,
                "enable.idempotence",
                ack.equals("all"),
                "linger.ms",
                5);
        try (KafkaProducer<String, String> producer = cluster.producer(configuration)) {
          for (int i = 0; i < 50; i++) {
            sent.add(codec + ack + i + "-".repeat(100));
            var unused = producer.send(new ProducerRecord<>("codecs", partition, "k", sent.get(i)));
          }
          producer.flush();
        }
        assertThat(values("codecs", partition, 50)).as(codec + " " + ack).isEqualTo(sent);
        partition++;
      }
    }
  }

  @Test
  void offsetsByTimeAndBySpecialValues() throws Exception {
    cluster.createTopic("times", 1, 3, Map.of());
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      for (long time : new long[] {1000, 3000, 2000}) {
        producer
            .send(new ProducerRecord<>("times", 0, time, null, "v"))
            .get(SECONDS, TimeUnit.SECONDS);
      }
    }
    assertThat(offset(OffsetSpec.earliest())).isZero();
    assertThat(offset(OffsetSpec.latest())).isEqualTo(3);
    assertThat(offset(OffsetSpec.maxTimestamp())).isEqualTo(1);
    assertThat(offset(OffsetSpec.forTimestamp(1500))).isEqualTo(1);
    assertThat(offset(OffsetSpec.forTimestamp(0))).isZero();
    assertThat(offset(OffsetSpec.forTimestamp(4000))).isEqualTo(-1);
  }

  private static long offset(OffsetSpec spec) throws Exception {
    TopicPartition partition = new TopicPartition("times", 0);
    return admin
        .listOffsets(Map.of(partition, spec))
        .partitionResult(partition)
        .get(SECONDS, TimeUnit.SECONDS)
        .offset();
  }

  @Test
  void aChangeOfTopicConfigTakesEffectWithoutARestart() throws Exception {
    cluster.createTopic("sizes", 1, 3, Map.of());
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "sizes");
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      send(producer, "sizes", "x".repeat(5000));
      admin
          .incrementalAlterConfigs(
              Map.of(topic, List.of(set("max.message.bytes", "1000"), set("retention.ms", "777"))))
          .all()
          .get(SECONDS, TimeUnit.SECONDS);
      await()
          .atMost(Duration.ofSeconds(SECONDS))
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> send(producer, "sizes", "x".repeat(5000)))
                      .hasCauseInstanceOf(RecordTooLargeException.class));
      send(producer, "sizes", "small");
    }
    ConfigEntry retention =
        admin
            .describeConfigs(List.of(topic))
            .all()
            .get(SECONDS, TimeUnit.SECONDS)
            .get(topic)
            .get("retention.ms");
    assertThat(retention.value()).isEqualTo("777");
    assertThat(retention.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  @Test
  void addedPartitionsServe() throws Exception {
    cluster.createTopic("grown", 1, 3, Map.of());
    admin
        .createPartitions(Map.of("grown", NewPartitions.increaseTo(3)))
        .all()
        .get(SECONDS, TimeUnit.SECONDS);
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      producer.send(new ProducerRecord<>("grown", 2, null, "v")).get(SECONDS, TimeUnit.SECONDS);
    }
    assertThat(values("grown", 2, 1)).containsExactly("v");
  }

  @Test
  void aLeaderThatStopsInOrderFailsNoSendAndThePreferredLeaderReturnsByRequest() throws Exception {
    cluster.createTopic("moving", 1, 3, Map.of());
    int preferred = cluster.leader("moving", 0);
    List<String> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer =
        cluster.producer(Map.of("acks", "all", "linger.ms", 0))) {
      var results = new ArrayList<java.util.concurrent.Future<?>>();
      send(producer, "moving", "first");
      sent.add("first");
      Thread stopping = new Thread(() -> cluster.stop(preferred), "stopping");
      stopping.start();
      while (stopping.isAlive()) {
        sent.add("v" + sent.size());
        results.add(
            producer.send(new ProducerRecord<>("moving", 0, null, sent.get(sent.size() - 1))));
        stopping.join(5);
      }
      send(producer, "moving", "last");
      sent.add("last");
      for (var result : results) {
        result.get(SECONDS, TimeUnit.SECONDS);
      }
    }
    assertThat(cluster.leader("moving", 0)).isNotEqualTo(preferred);
    cluster.startBroker(preferred);
    awaitFullIsr("moving");
    assertThat(values("moving", 0, sent.size())).isEqualTo(sent);
    elect(ElectionType.PREFERRED, new TopicPartition("moving", 0));
    await()
        .atMost(Duration.ofSeconds(SECONDS))
        .until(() -> cluster.leader("moving", 0) == preferred);
  }

  @Test
  void aTopicDeletedWhileABrokerIsDownComesBackEmpty() throws Exception {
    cluster.createTopic("again", 1, 3, Map.of());
    int down = (cluster.leader("again", 0) + 1) % 3;
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      send(producer, "again", "old");
      cluster.stop(down);
      admin.deleteTopics(List.of("again")).all().get(SECONDS, TimeUnit.SECONDS);
    }
    cluster.startBroker(down);
    allSeeAll();
    admin
        .createTopics(List.of(new NewTopic("again", Map.of(0, List.of(down, other(down))))))
        .all()
        .get(SECONDS, TimeUnit.SECONDS);
    await()
        .atMost(Duration.ofSeconds(SECONDS))
        .until(
            () ->
                cluster.leader("again", 0) == down
                    && cluster.image().partition("again", 0).state().isr().size() == 2);
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      send(producer, "again", "new");
    }
    assertThat(values("again", 0, 1)).containsExactly("new");
    assertThat(cluster.broker(down).partitions().get("again", 0).logEndOffset()).isEqualTo(1);
  }

  private static int other(int broker) {
    return (broker + 1) % 3;
  }

  @Test
  void oneReplicaOfTwoRequiredRefusesAcksOfAllAndKeepsTheOthersEligible() throws Exception {
    cluster.createTopic("few", 1, 3, Map.of());
    int leader = cluster.leader("few", 0);
    try (KafkaProducer<String, String> producer =
            cluster.producer(Map.of("retries", 0, "enable.idempotence", false));
        KafkaProducer<String, String> one =
            cluster.producer(Map.of("acks", "1", "enable.idempotence", false))) {
      send(producer, "few", "a");
      cluster.stop((leader + 1) % 3);
      cluster.stop((leader + 2) % 3);
      await()
          .atMost(Duration.ofSeconds(SECONDS))
          .until(() -> cluster.image().partition("few", 0).state().isr().size() == 1);
      assertThatThrownBy(() -> send(producer, "few", "b"))
          .hasCauseInstanceOf(NotEnoughReplicasException.class);
      send(one, "few", "c");
      TopicDescription few =
          admin
              .describeTopics(List.of("few"))
              .allTopicNames()
              .get(SECONDS, TimeUnit.SECONDS)
              .get("few");
      assertThat(few.partitions().get(0).elr()).isNotEmpty();
      assertThat(few.partitions().get(0).isr()).hasSize(1);
      cluster.startBroker((leader + 1) % 3);
      cluster.startBroker((leader + 2) % 3);
      awaitFullIsr("few");
      send(producer, "few", "d");
    }
    assertThat(values("few", 0, 3)).containsExactly("a", "c", "d");
  }

  @Test
  void aLeaderCutOffFromZooKeeperHealsWithoutARestartAndLosesNothing() throws Exception {
    cluster.createTopic("cut", 1, 3, Map.of());
    int leader = cluster.leader("cut", 0);
    List<String> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of("acks", "all"))) {
      send(producer, "cut", "before");
      sent.add("before");
      cluster.zooKeeperOf(leader).cut();
      int witness = other(leader);
      await()
          .atMost(Duration.ofSeconds(SECONDS))
          .until(
              () ->
                  cluster
                          .broker(witness)
                          .coordination()
                          .image()
                          .partition("cut", 0)
                          .state()
                          .leader()
                      != leader);
      // The producer may still take the old leader for the leader; it must not be told a success.
      var during = producer.send(new ProducerRecord<>("cut", 0, null, "during"));
      sent.add("during");
      cluster.zooKeeperOf(leader).mend();
      during.get(SECONDS, TimeUnit.SECONDS);
      await()
          .atMost(Duration.ofSeconds(SECONDS))
          .until(
              () ->
                  cluster
                          .broker(witness)
                          .coordination()
                          .image()
                          .partition("cut", 0)
                          .state()
                          .isr()
                          .size()
                      == 3);
      send(producer, "cut", "after");
      sent.add("after");
    }
    assertThat(values("cut", 0, 3)).isEqualTo(sent);
  }

  @Test
  void aConsumerReadsFromTheReplicaInItsRack() throws Exception {
    cluster.createTopic("racks", 1, 3, Map.of());
    int follower = other(cluster.leader("racks", 0));
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      for (int i = 0; i < 20; i++) {
        send(producer, "racks", "x".repeat(10_000));
      }
    }
    TopicPartition partition = new TopicPartition("racks", 0);
    try (var consumer = cluster.consumer(Map.of("client.rack", "rack-" + follower))) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      int read = 0;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (read < 20 && System.nanoTime() < deadline) {
        read += consumer.poll(Duration.ofMillis(200)).count();
      }
      assertThat(read).isEqualTo(20);
      assertThat(
              consumer.metrics().values().stream()
                  .filter(metric -> metric.metricName().name().equals("incoming-byte-total"))
                  .filter(m -> ("node-" + follower).equals(m.metricName().tags().get("node-id")))
                  .mapToDouble(metric -> (Double) metric.metricValue())
                  .sum())
          .isGreaterThan(200_000);
    }
  }

  @Test
  void anUncleanLeaderIsElectedOnlyByRequest() throws Exception {
    admin
        .createTopics(
            List.of(
                new NewTopic("unclean", Map.of(0, List.of(0, 1)))
                    .configs(Map.of("min.insync.replicas", "1"))))
        .all()
        .get(SECONDS, TimeUnit.SECONDS);
    TopicPartition partition = new TopicPartition("unclean", 0);
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      send(producer, "unclean", "kept");
      cluster.stop(1);
      send(producer, "unclean", "lost");
      cluster.stop(0);
    }
    await().atMost(Duration.ofSeconds(SECONDS)).until(() -> cluster.leader("unclean", 0) == -1);
    cluster.startBroker(1);
    await()
        .during(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(SECONDS))
        .until(() -> cluster.leader("unclean", 0) == -1);
    elect(ElectionType.UNCLEAN, partition);
    await().atMost(Duration.ofSeconds(SECONDS)).until(() -> cluster.leader("unclean", 0) == 1);
    cluster.startBroker(0);
    await()
        .atMost(Duration.ofSeconds(SECONDS))
        .until(() -> cluster.image().partition("unclean", 0).state().isr().size() == 2);
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
      send(producer, "unclean", "new");
    }
    assertThat(values("unclean", 0, 2)).containsExactly("kept", "new");
  }
}
