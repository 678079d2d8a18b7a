package io.ottla.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.ottla.core.api.configs.AlterConfigsHandler;
import io.ottla.core.api.configs.ConfigWriter;
import io.ottla.core.api.configs.DescribeConfigsHandler;
import io.ottla.core.api.configs.IncrementalAlterConfigsHandler;
import io.ottla.core.api.logdirs.DescribeLogDirsHandler;
import io.ottla.core.api.metadata.ApiVersionsHandler;
import io.ottla.core.api.metadata.DescribeClusterHandler;
import io.ottla.core.api.metadata.DescribeTopicPartitionsHandler;
import io.ottla.core.api.metadata.MetadataAnswers;
import io.ottla.core.api.metadata.MetadataHandler;
import io.ottla.core.api.producers.DescribeProducersHandler;
import io.ottla.core.api.topics.CreatePartitionsHandler;
import io.ottla.core.api.topics.CreateTopicsHandler;
import io.ottla.core.api.topics.DeleteTopicsHandler;
import io.ottla.core.api.topics.ElectLeadersHandler;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.DynamicConfig;
import io.ottla.network.server.EventLoops;
import io.ottla.network.server.ListenerConfig;
import io.ottla.network.server.NetworkServer;
import io.ottla.network.server.NetworkServerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The handlers behind a real socket, used by the official admin client. */
@Timeout(60)
class AdminClientTest {
  @TempDir Path directory;

  private final FakeCoordination coordination = new FakeCoordination(1);
  private EventLoops loops;
  private NetworkServer server;
  private HostedReplicas hosted;
  private Admin admin;
  private int port;

  @BeforeEach
  void start() throws Exception {
    // Added first: the replicas are opened once, from this image.
    coordination.addTopic("first", List.of(0), 1);
    hosted = new HostedReplicas(coordination, directory);
    BrokerConfig config = BrokerConfig.parse(Map.of("zookeeper.connect", "unused:1"), "test");
    loops = new EventLoops(1); // the fake knows one thread
    server =
        new NetworkServer(
            NetworkServerConfig.defaults(
                List.of(new ListenerConfig("PLAINTEXT", "PLAINTEXT", "127.0.0.1", 0))),
            loops,
            new ApiDispatcher(
                handlers(config, new DynamicConfig(config)), Runnable::run, RequestMetrics.NONE),
            new MetricRegistry());
    port = server.bind().get("PLAINTEXT").getPort();
    server.startAccepting();
    admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + port,
                "request.timeout.ms",
                "10000",
                "default.api.timeout.ms",
                "20000"));
  }

  private List<ApiHandler<?>> handlers(BrokerConfig config, DynamicConfig dynamic) {
    ClientEndpoints endpoints = new ClientEndpoints(0, Set.of("PLAINTEXT"));
    TopicCreation creation =
        new TopicCreation(
            coordination,
            config.topicCreation(),
            InternalTopics.of(config.groups(), config.transactions()),
            Duration.ofSeconds(5));
    ConfigWriter writer = new ConfigWriter(coordination, 0, dynamic::current);
    List<ApiHandler<?>> handlers = new ArrayList<>();
    handlers.add(
        new MetadataHandler(
            coordination::image, new MetadataAnswers(endpoints), creation, true, Runnable::run));
    handlers.add(new DescribeClusterHandler(coordination::image, endpoints));
    handlers.add(new DescribeTopicPartitionsHandler(coordination::image, endpoints));
    handlers.add(new CreateTopicsHandler(coordination, config.topicCreation(), dynamic::topics));
    handlers.add(new DeleteTopicsHandler(coordination, config.topicCreation()));
    handlers.add(new CreatePartitionsHandler(coordination));
    handlers.add(new ElectLeadersHandler(coordination));
    handlers.add(new DescribeConfigsHandler(0, coordination::image, dynamic::current));
    handlers.add(new AlterConfigsHandler(writer));
    handlers.add(new IncrementalAlterConfigsHandler(writer));
    handlers.add(new DescribeLogDirsHandler(hosted.directories(), hosted.partitions()));
    handlers.add(new DescribeProducersHandler(coordination::image, hosted.partitions()));
    handlers.add(
        new ApiVersionsHandler(
            List.copyOf(handlers), List.of(), 0, () -> coordination.image().clusterId()));
    return handlers;
  }

  @AfterEach
  void stop() {
    admin.close(Duration.ofSeconds(5));
    server.close();
    loops.close();
    hosted.close();
  }

  @Test
  void managesTopics() throws Exception {
    CreateTopicsResult created =
        admin.createTopics(
            List.of(new NewTopic("orders", 3, (short) 1).configs(Map.of("retention.ms", "1000"))));
    assertThat(created.topicId("orders").get())
        .isEqualTo(coordination.image().topic("orders").id());
    assertThat(created.config("orders").get().get("retention.ms").source())
        .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
    assertFails(
        TopicExistsException.class,
        () -> admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get());

    admin.createPartitions(Map.of("orders", NewPartitions.increaseTo(4))).all().get();
    assertThat(admin.listTopics().names().get()).containsExactlyInAnyOrder("first", "orders");
    TopicDescription description =
        admin.describeTopics(List.of("orders")).allTopicNames().get().get("orders");
    assertThat(description.partitions()).hasSize(4);
    assertThat(description.partitions().get(3).leader().port()).isEqualTo(port);
    assertThat(description.partitions().get(3).elr()).isEmpty();
    assertThat(
            admin
                .describeTopics(
                    org.apache.kafka.common.TopicCollection.ofTopicIds(
                        List.of(description.topicId())))
                .allTopicIds()
                .get())
        .containsKey(description.topicId());

    admin.deleteTopics(List.of("orders")).all().get();
    assertThat(admin.listTopics().names().get()).containsExactly("first");
  }

  @Test
  void describesTheClusterAtTheAddressTheClientUsed() throws Exception {
    Node controller = admin.describeCluster().controller().get();
    assertThat(controller.host()).isEqualTo("127.0.0.1");
    assertThat(controller.port()).isEqualTo(port);
    assertThat(admin.describeCluster().clusterId().get()).isEqualTo("cluster");
  }

  @Test
  void changesConfigurations() throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "first");
    alter(topic, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
    ConfigEntry policy =
        admin.describeConfigs(List.of(topic)).all().get().get(topic).get("cleanup.policy");
    assertThat(policy.value()).isEqualTo("delete,compact");
    assertThat(policy.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
    assertThat(policy.type()).isEqualTo(ConfigEntry.ConfigType.LIST);
    assertFails(
        InvalidConfigurationException.class,
        () -> alter(topic, "retention.ms", "soon", AlterConfigOp.OpType.SET));

    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "0");
    alter(broker, "log.cleaner.threads", "2", AlterConfigOp.OpType.SET);
    assertThat(coordination.image().brokerConfig(0)).containsEntry("log.cleaner.threads", "2");
    assertThat(admin.describeConfigs(List.of(broker)).all().get().get(broker).entries())
        .hasSizeGreaterThan(50);
  }

  @Test
  void electsLeadersAndDescribesReplicas() throws Exception {
    TopicPartition partition = new TopicPartition("first", 0);
    coordination.elections.put(
        partition, java.util.Optional.of(new ElectionNotNeededException("leads already")));
    assertThat(
            admin
                .electLeaders(ElectionType.PREFERRED, Set.of(partition))
                .partitions()
                .get()
                .get(partition))
        .get()
        .isInstanceOf(ElectionNotNeededException.class);
    assertThat(admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0))
        .hasSize(1)
        .allSatisfy(
            (path, description) -> {
              assertThat(description.totalBytes()).isPresent();
              assertThat(description.replicaInfos()).containsOnlyKeys(partition);
            });
    assertThat(
            admin
                .describeProducers(List.of(partition))
                .partitionResult(partition)
                .get()
                .activeProducers())
        .isEmpty();
  }

  private void alter(ConfigResource resource, String name, String value, AlterConfigOp.OpType type)
      throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(name, value), type))))
        .all()
        .get();
  }

  private static void assertFails(
      Class<? extends Throwable> cause, org.junit.jupiter.api.function.Executable call) {
    assertThatThrownBy(call::execute)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(cause);
  }
}
