package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.ConfigurationException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BrokerTest {
  @TempDir Path temp;
  private final InMemoryBrokers brokers = new InMemoryBrokers();

  @Test
  void recordsSurviveAnOrderlyRestart() throws Exception {
    try (Broker broker = start(Map.of())) {
      String bootstrap = bootstrap(broker);
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
        admin
            .createTopics(List.of(new NewTopic("t", 1, (short) 1)))
            .all()
            .get(10, TimeUnit.SECONDS);
      }
      produce(bootstrap, "a", "b", "c");
      assertThat(consume(bootstrap, 3)).containsExactly("a", "b", "c");
    }
    assertThat(temp.resolve("logs/.kafka_cleanshutdown")).exists();
    assertThat(Files.readString(temp.resolve("logs/replication-offset-checkpoint")))
        .contains("t 0 3");

    try (Broker broker = start(Map.of())) {
      produce(bootstrap(broker), "d");
      assertThat(consume(bootstrap(broker), 4)).containsExactly("a", "b", "c", "d");
    }
  }

  @Test
  void recordsSurviveACrashOfTheProcess() throws Exception {
    try (Broker broker = start(Map.of())) {
      produce(bootstrap(broker), "a", "b");
      broker.closeAbruptly();
    }
    assertThat(temp.resolve("logs/.kafka_cleanshutdown")).doesNotExist();
    try (Broker broker = start(Map.of())) {
      assertThat(consume(bootstrap(broker), 2)).containsExactly("a", "b");
    }
  }

  @Test
  void whatPeopleWatchIsInJmx() throws Exception {
    MBeanServer jmx = ManagementFactory.getPlatformMBeanServer();
    try (Broker broker = start(Map.of("auto.include.jmx.reporter", "true"))) {
      produce(bootstrap(broker), "a", "b");
      assertThat(consume(bootstrap(broker), 2)).hasSize(2);
      for (String name :
          List.of(
              "kafka.server:type=KafkaServer,name=BrokerState",
              "kafka.server:type=KafkaServer,name=ClusterId",
              "kafka.server:type=ReplicaManager,name=LeaderCount",
              "kafka.server:type=ReplicaManager,name=PartitionCount",
              "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions",
              "kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount",
              "kafka.server:type=ReplicaManager,name=OfflineReplicaCount",
              "kafka.controller:type=KafkaController,name=ActiveControllerCount",
              "kafka.controller:type=KafkaController,name=OfflinePartitionsCount",
              "kafka.controller:type=KafkaController,name=GlobalTopicCount",
              "kafka.controller:type=KafkaController,name=GlobalPartitionCount",
              "kafka.log:type=LogManager,name=OfflineLogDirectoryCount",
              "kafka.server:type=FetchSessionCache,name=NumIncrementalFetchSessions")) {
        assertThat(jmx.getAttribute(new ObjectName(name), "Value")).as(name).isNotNull();
      }
      for (String name :
          List.of(
              "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec",
              "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec,topic=t",
              "kafka.server:type=BrokerTopicMetrics,name=BytesOutPerSec,topic=t",
              "kafka.network:type=RequestMetrics,name=TotalTimeMs,request=Produce",
              "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=Produce,error=NONE")) {
        assertThat((long) jmx.getAttribute(new ObjectName(name), "Count")).as(name).isPositive();
      }
      assertThat(
              jmx.queryNames(
                  new ObjectName(
                      "kafka.network:type=RequestMetrics,name=RequestsPerSec,request=Fetch,version=*"),
                  null))
          .isNotEmpty();
      ObjectName size = new ObjectName("kafka.log:type=Log,name=Size,topic=t,partition=0");
      await().until(() -> jmx.isRegistered(size));
      assertThat((long) jmx.getAttribute(size, "Value")).isPositive();
      assertThat(
              jmx.getAttribute(
                  new ObjectName(
                      "kafka.cluster:type=Partition,name=InSyncReplicasCount,topic=t,partition=0"),
                  "Value"))
          .isEqualTo(1);
      assertThat(
              jmx.getAttribute(
                  new ObjectName("kafka.server:type=ReplicaManager,name=IsrShrinksPerSec"),
                  "Count"))
          .isEqualTo(0L);
    }
    assertThat(jmx.queryNames(new ObjectName("kafka.*:*"), null))
        .allMatch(
            name ->
                name.getKeyProperty("client-id") != null
                    || name.getDomain().matches("kafka\\.(consumer|producer|admin.client)"));
  }

  @Test
  void aTakenPortStopsTheStartBeforeDataIsTouched() throws Exception {
    try (ServerSocket taken =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      assertThatThrownBy(
              () -> start(Map.of("listeners", "PLAINTEXT://127.0.0.1:" + taken.getLocalPort())))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("in use");
    }
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void dataOfAnotherClusterStopsTheStart() throws Exception {
    Files.createDirectories(temp.resolve("logs"));
    Files.writeString(
        temp.resolve("logs/meta.properties"),
        "version=0\nbroker.id=1\ncluster.id=another\n",
        StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> start(Map.of()))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("cluster.id=another in " + temp.resolve("logs/meta.properties"));
    assertThat(temp.resolve("logs/.lock")).doesNotExist();
  }

  private Broker start(Map<String, String> values) throws Exception {
    return Broker.start(config(values), brokers.factory(), Clock.systemUTC());
  }

  private BrokerConfig config(Map<String, String> values) throws ConfigurationException {
    Map<String, String> all = new HashMap<>();
    all.put("broker.id", "1");
    all.put("zookeeper.connect", "none:1");
    all.put("listeners", "PLAINTEXT://127.0.0.1:0");
    all.put("log.dirs", temp.resolve("logs").toString());
    all.put("auto.include.jmx.reporter", "false");
    all.putAll(values);
    return BrokerConfig.parse(all, "test");
  }

  private static String bootstrap(Broker broker) {
    return "127.0.0.1:" + broker.addresses().get("PLAINTEXT").getPort();
  }

  private static void produce(String bootstrap, String... values) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new StringSerializer())) {
      for (String value : values) {
        producer.send(new ProducerRecord<>("t", value)).get(20, TimeUnit.SECONDS);
      }
    }
  }

  private static List<String> consume(String bootstrap, int count) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition("t", 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (values.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }
}
