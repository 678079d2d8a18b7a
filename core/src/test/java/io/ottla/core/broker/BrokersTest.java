package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.core.config.BrokerConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers in one JVM on an in-memory cluster. */
@Timeout(60)
class BrokersTest {
  @TempDir Path temp;
  private final InMemoryBrokers cluster = new InMemoryBrokers();
  private final List<Broker> brokers = new ArrayList<>();
  private Set<Thread> threadsBefore;

  @BeforeEach
  void start() throws Exception {
    threadsBefore = Thread.getAllStackTraces().keySet();
    for (int id = 1; id <= 3; id++) {
      Map<String, String> values = new HashMap<>();
      values.put("broker.id", Integer.toString(id));
      values.put("zookeeper.connect", "none:1");
      values.put("listeners", "PLAINTEXT://127.0.0.1:0");
      values.put("log.dirs", temp.resolve("logs" + id).toString());
      values.put("auto.include.jmx.reporter", "false");
      values.put("default.replication.factor", "3");
      values.put("min.insync.replicas", "2");
      brokers.add(
          Broker.start(BrokerConfig.parse(values, "test"), cluster.factory(), Clock.systemUTC()));
    }
  }

  @AfterEach
  void stop() {
    brokers.forEach(Broker::close);
  }

  @Test
  void replicatesAndHandsLeadershipOverBeforeABrokerStops() throws Exception {
    try (KafkaProducer<String, String> producer = producer()) {
      send(producer, "a");
      Broker leader = leaderOf("t");
      await()
          .untilAsserted(
              () ->
                  assertThat(brokers)
                      .allSatisfy(
                          b ->
                              assertThat(b.partitions().get("t", 0).highWatermark()).isEqualTo(1)));

      leader.close();

      assertThat(leaderOf("t")).isNotSameAs(leader);
      send(producer, "b");
      PartitionState state = image().partition("t", 0).state();
      assertThat(state.isr()).hasSize(2).noneMatch(m -> m.brokerId() == leader.id());
      assertThat(leaderOf("t").partitions().get("t", 0).logEndOffset()).isEqualTo(2);
    }
  }

  @Test
  void aChangeOfConfigurationReachesTheLogsWithoutARestart() throws Exception {
    try (Admin admin = admin();
        KafkaProducer<String, String> producer = producer()) {
      send(producer, "a");
      ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "t");
      ConfigResource allBrokers = new ConfigResource(ConfigResource.Type.BROKER, "");
      admin
          .incrementalAlterConfigs(
              Map.of(
                  topic, List.of(set("segment.bytes", "1000000")),
                  allBrokers, List.of(set("log.retention.ms", "1234567"))))
          .all()
          .get(10, TimeUnit.SECONDS);
      await()
          .untilAsserted(
              () ->
                  assertThat(brokers)
                      .allSatisfy(
                          b -> {
                            var config = b.partitions().get("t", 0).log().config();
                            assertThat(config.segmentBytes()).isEqualTo(1_000_000);
                            assertThat(config.retentionMs()).isEqualTo(1_234_567);
                          }));
      ConfigEntry retention =
          admin
              .describeConfigs(List.of(topic))
              .all()
              .get(10, TimeUnit.SECONDS)
              .get(topic)
              .get("retention.ms");
      assertThat(retention.value()).isEqualTo("1234567");
      assertThat(retention.source())
          .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
    }
  }

  @Test
  void onlyTheNamedThreadsRun() throws Exception {
    try (KafkaProducer<String, String> producer = producer()) {
      send(producer, "a");
    }
    Set<String> names =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> !threadsBefore.contains(thread))
            .map(thread -> thread.getName().replaceAll("-\\d+$", ""))
            .filter(name -> !name.startsWith("kafka-producer") && !name.startsWith("Fork"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(names)
        .contains("io", "timer")
        .isSubsetOf("io", "blocking", "maintenance", "timer", "coordinator");
  }

  private ClusterImage image() {
    return brokers.stream()
        .filter(b -> b.state() == BrokerState.RUNNING)
        .findFirst()
        .orElseThrow()
        .coordination()
        .image();
  }

  private Broker leaderOf(String topic) {
    int leader = image().partition(topic, 0).state().leader();
    Optional<Broker> broker = brokers.stream().filter(b -> b.id() == leader).findFirst();
    return broker.orElseThrow();
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  private String bootstrap() {
    return brokers.stream()
        .map(b -> "127.0.0.1:" + b.addresses().get("PLAINTEXT").getPort())
        .collect(Collectors.joining(","));
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrap()));
  }

  private KafkaProducer<String, String> producer() throws Exception {
    try (Admin admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic("t", Optional.of(1), Optional.empty())))
          .all()
          .get(10, TimeUnit.SECONDS);
    }
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", bootstrap(), "acks", "all"),
        new StringSerializer(),
        new StringSerializer());
  }

  private static void send(KafkaProducer<String, String> producer, String value) throws Exception {
    producer.send(new ProducerRecord<>("t", value)).get(20, TimeUnit.SECONDS);
  }
}
