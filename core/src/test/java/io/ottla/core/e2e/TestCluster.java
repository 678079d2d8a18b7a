package io.ottla.core.e2e;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.broker.Broker;
import io.ottla.core.broker.BrokerState;
import io.ottla.core.broker.CoordinationFactory;
import io.ottla.core.config.BrokerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/**
 * A ZooKeeper server and brokers in this JVM, driven by the official client. Broker ids begin at 0.
 * A broker keeps its port and its folder when it is started again. Used by one thread.
 */
public final class TestCluster implements AutoCloseable {
  private static final String LISTENER = "PLAINTEXT";
  private static final long CLIENT_SECONDS = 30;

  /** Short, so that sessions may be short: the server grants no less than two ticks. */
  private static final int TICK_MS = 500;

  private static final class Node {
    final ZooKeeperProxy zooKeeper;
    int port;
    Broker broker;

    Node(ZooKeeperProxy zooKeeper) {
      this.zooKeeper = zooKeeper;
    }
  }

  private final Path folder;
  private final Map<String, String> settings;
  private final TestingServer zooKeeper;
  private final List<Node> nodes = new ArrayList<>();

  private TestCluster(Path folder, Map<String, String> settings) throws Exception {
    this.folder = folder;
    this.settings = settings;
    this.zooKeeper =
        new TestingServer(new InstanceSpec(null, -1, -1, -1, true, -1, TICK_MS, -1), true);
  }

  /**
   * Starts brokers.
   *
   * @param settings over the defaults of a test; the same for all brokers, save that {@code {id}}
   *     in a value stands for the broker's id
   */
  public static TestCluster start(Path folder, int brokers, Map<String, String> settings)
      throws Exception {
    TestCluster cluster = new TestCluster(folder, settings);
    try {
      for (int id = 0; id < brokers; id++) {
        cluster.nodes.add(new Node(new ZooKeeperProxy(cluster.zooKeeper.getPort())));
        cluster.startBroker(id);
      }
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts a broker that is down. */
  public Broker startBroker(int id) throws Exception {
    Node node = nodes.get(id);
    node.zooKeeper.mend();
    Map<String, String> values = new HashMap<>();
    values.put("broker.id", Integer.toString(id));
    values.put("zookeeper.connect", node.zooKeeper.connectString() + "/test");
    values.put("zookeeper.session.timeout.ms", "2000");
    values.put("listeners", LISTENER + "://127.0.0.1:" + node.port);
    values.put("log.dirs", folder.resolve("broker-" + id).toString());
    values.put("auto.include.jmx.reporter", "false");
    values.put("num.network.threads", "2");
    settings.forEach((key, value) -> values.put(key, value.replace("{id}", Integer.toString(id))));
    node.broker =
        Broker.start(
            BrokerConfig.parse(values, "test"),
            CoordinationFactory.zooKeeper(Clock.systemUTC()),
            Clock.systemUTC());
    node.port = node.broker.addresses().get(LISTENER).getPort();
    return node.broker;
  }

  /** Stops a broker in order. */
  public void stop(int id) {
    nodes.get(id).broker.close();
  }

  /**
   * As if the process of a broker had been killed: nothing more is written, its session is left to
   * expire.
   */
  public void crash(int id) {
    Node node = nodes.get(id);
    node.zooKeeper.cut();
    node.broker.closeAbruptly();
  }

  /** The way of a broker to ZooKeeper, to cut and mend. */
  public ZooKeeperProxy zooKeeperOf(int id) {
    return nodes.get(id).zooKeeper;
  }

  /** The ZooKeeper server, to stop and restart. */
  public TestingServer zooKeeper() {
    return zooKeeper;
  }

  public Broker broker(int id) {
    return nodes.get(id).broker;
  }

  /** Brokers that run. */
  public List<Broker> running() {
    return nodes.stream()
        .map(node -> node.broker)
        .filter(broker -> broker != null && broker.state() == BrokerState.RUNNING)
        .toList();
  }

  /** The image of some running broker. */
  public ClusterImage image() {
    return running().get(0).coordination().image();
  }

  /** Id of the leader, -1 when there is none. */
  public int leader(String topic, int partition) {
    var found = image().partition(topic, partition);
    return found == null || found.state() == null ? -1 : found.state().leader();
  }

  /** Addresses of all brokers, running or not. */
  public String bootstrap() {
    return nodes.stream().map(n -> "127.0.0.1:" + n.port).collect(Collectors.joining(","));
  }

  public Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrap()));
  }

  /** Creates a topic and waits until all running brokers know its leaders. */
  public void createTopic(
      String name, int partitions, int replicas, Map<String, String> configuration)
      throws Exception {
    try (Admin admin = admin()) {
      admin
          .createTopics(
              List.of(new NewTopic(name, partitions, (short) replicas).configs(configuration)))
          .all()
          .get(CLIENT_SECONDS, TimeUnit.SECONDS);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(CLIENT_SECONDS))
        .until(
            () ->
                running().stream()
                    .map(broker -> broker.coordination().image().partition(name, partitions - 1))
                    .allMatch(p -> p != null && p.state() != null && p.state().leader() >= 0));
  }

  /** A producer of strings. */
  public KafkaProducer<String, String> producer(Map<String, Object> configuration) {
    Map<String, Object> values = new HashMap<>();
    values.put("bootstrap.servers", bootstrap());
    values.put("reconnect.backoff.max.ms", 200);
    values.putAll(configuration);
    return new KafkaProducer<>(values, new StringSerializer(), new StringSerializer());
  }

  /** A consumer of strings without a group. */
  public KafkaConsumer<String, String> consumer(Map<String, Object> configuration) {
    Map<String, Object> values = new HashMap<>();
    values.put("bootstrap.servers", bootstrap());
    values.put("reconnect.backoff.max.ms", 200);
    values.put("enable.auto.commit", false);
    values.putAll(configuration);
    return new KafkaConsumer<>(values, new StringDeserializer(), new StringDeserializer());
  }

  /**
   * Records of one partition from its beginning, at least {@code count} unless they do not come in
   * time.
   */
  public List<ConsumerRecord<String, String>> read(String topic, int partition, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
      TopicPartition from = new TopicPartition(topic, partition);
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLIENT_SECONDS);
      while (records.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  @Override
  public void close() throws IOException {
    for (Broker broker : running()) {
      broker.closeAbruptly();
    }
    for (Node node : nodes) {
      node.zooKeeper.close();
    }
    zooKeeper.close();
  }
}
