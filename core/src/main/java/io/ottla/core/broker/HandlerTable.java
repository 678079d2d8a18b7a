package io.ottla.core.broker;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.LeaderEndpoints;
import io.ottla.core.api.TrafficMetrics;
import io.ottla.core.api.configs.AlterConfigsHandler;
import io.ottla.core.api.configs.ConfigWriter;
import io.ottla.core.api.configs.DescribeConfigsHandler;
import io.ottla.core.api.configs.IncrementalAlterConfigsHandler;
import io.ottla.core.api.fetch.FetchHandler;
import io.ottla.core.api.fetch.FetchSessions;
import io.ottla.core.api.group.GroupCoordinators;
import io.ottla.core.api.logdirs.DescribeLogDirsHandler;
import io.ottla.core.api.metadata.ApiVersionsHandler;
import io.ottla.core.api.metadata.DescribeClusterHandler;
import io.ottla.core.api.metadata.DescribeTopicPartitionsHandler;
import io.ottla.core.api.metadata.MetadataAnswers;
import io.ottla.core.api.metadata.MetadataHandler;
import io.ottla.core.api.offsets.ListOffsetsHandler;
import io.ottla.core.api.offsets.OffsetForLeaderEpochHandler;
import io.ottla.core.api.produce.ProduceHandler;
import io.ottla.core.api.producers.DescribeProducersHandler;
import io.ottla.core.api.producers.InitProducerIdHandler;
import io.ottla.core.api.producers.ProducerIds;
import io.ottla.core.api.topics.CreatePartitionsHandler;
import io.ottla.core.api.topics.CreateTopicsHandler;
import io.ottla.core.api.topics.DeleteTopicsHandler;
import io.ottla.core.api.topics.ElectLeadersHandler;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.DynamicConfig;
import io.ottla.core.partition.Partitions;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.LogDirectory;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Every API the broker serves: one handler each.
 *
 * @param blocking for answers that take long to make; bounded
 */
record HandlerTable(
    int brokerId,
    BrokerConfig config,
    DynamicConfig dynamic,
    Coordination coordination,
    Partitions partitions,
    GroupCoordinators groups,
    List<LogDirectory> directories,
    ClientEndpoints endpoints,
    TrafficMetrics traffic,
    FetchSessions sessions,
    Deadlines deadlines,
    Clock clock,
    Executor blocking) {
  private static final Duration CREATION_PATIENCE = Duration.ofSeconds(5);

  List<ApiHandler<?>> handlers() {
    List<ApiHandler<?>> handlers = new ArrayList<>();
    addData(handlers);
    addTopics(handlers);
    addConfigs(handlers);
    handlers.add(
        new ApiVersionsHandler(
            List.copyOf(handlers), List.of(), brokerId, () -> coordination.image().clusterId()));
    return handlers;
  }

  private void addData(List<ApiHandler<?>> handlers) {
    Supplier<ClusterImage> image = coordination::image;
    LeaderEndpoints leaders = new LeaderEndpoints(image, endpoints);
    handlers.add(
        new ProduceHandler(brokerId, partitions, image, leaders, deadlines, clock, traffic));
    handlers.add(
        new FetchHandler(
            partitions, image, leaders, deadlines, sessions, traffic, config.fetch().maxBytes()));
    handlers.add(new ListOffsetsHandler(partitions));
    handlers.add(new OffsetForLeaderEpochHandler(partitions));
    handlers.add(new InitProducerIdHandler(new ProducerIds(coordination)));
    handlers.add(new DescribeProducersHandler(image, partitions));
    handlers.add(new DescribeLogDirsHandler(directories, partitions));
  }

  private void addTopics(List<ApiHandler<?>> handlers) {
    Supplier<ClusterImage> image = coordination::image;
    InternalTopics internal = InternalTopics.of(config.groups(), config.transactions());
    TopicCreation creation =
        new TopicCreation(coordination, config.topicCreation(), internal, CREATION_PATIENCE);
    handlers.add(
        new MetadataHandler(
            image,
            new MetadataAnswers(endpoints),
            creation,
            config.topicCreation().autoCreate(),
            blocking));
    handlers.add(new DescribeTopicPartitionsHandler(image, endpoints));
    handlers.add(new DescribeClusterHandler(image, endpoints));
    handlers.add(new CreateTopicsHandler(coordination, config.topicCreation(), dynamic::topics));
    handlers.add(new DeleteTopicsHandler(coordination, config.topicCreation()));
    handlers.add(new CreatePartitionsHandler(coordination));
    handlers.add(new ElectLeadersHandler(coordination));
    handlers.addAll(groups.handlers(endpoints, creation));
  }

  private void addConfigs(List<ApiHandler<?>> handlers) {
    ConfigWriter writer = new ConfigWriter(coordination, brokerId, dynamic::current);
    handlers.add(new DescribeConfigsHandler(brokerId, coordination::image, dynamic::current));
    handlers.add(new AlterConfigsHandler(writer));
    handlers.add(new IncrementalAlterConfigsHandler(writer));
  }
}
