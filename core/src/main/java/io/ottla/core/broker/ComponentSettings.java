package io.ottla.core.broker;

import com.codahale.metrics.MetricRegistry;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.DynamicConfig;
import io.ottla.core.config.ListenerSettings.Listener;
import io.ottla.core.replication.ReplicaFetcherConfig;
import io.ottla.log.LogDirectoryOptions;
import io.ottla.network.client.BrokerClientConfig;
import io.ottla.network.server.ListenerConfig;
import io.ottla.network.server.NetworkServerConfig;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The broker's configuration in the words of each component. Only pure functions. */
final class ComponentSettings {
  private static final Duration NEVER = Duration.ofDays(3650);
  private static final int MAX_PENDING_FETCHES = 1_000;

  private ComponentSettings() {}

  static ZooKeeperSettings zooKeeper(BrokerConfig config) {
    return new ZooKeeperSettings(
        config.zooKeeper().connect(),
        config.zooKeeper().sessionTimeoutMs(),
        config.zooKeeper().connectionTimeoutMs());
  }

  static LogDirectoryOptions logs(BrokerConfig config, Clock clock, MetricRegistry metrics) {
    LogDirectoryOptions options =
        LogDirectoryOptions.defaults()
            .withClock(clock)
            .withMetrics(metrics)
            .withRecoveryThreads(config.logs().recoveryThreads());
    return options.withProducers(
        options.maxProducersPerLog(), config.logs().producerIdExpirationMs());
  }

  static ControllerSettings controller(BrokerConfig config) {
    DynamicConfig fixed = new DynamicConfig(config);
    return new ControllerSettings(
        fixed.topics().uncleanLeaderElection(Map.of()),
        fixed.topics().minInsyncReplicas(Map.of()),
        config.leadership().autoRebalance(),
        config.leadership().imbalancePercentage(),
        config.leadership().imbalanceCheckInterval(),
        config.topicCreation().deleteEnabled());
  }

  static ReplicaFetcherConfig fetchers(BrokerConfig config) {
    return new ReplicaFetcherConfig(
        config.replication().fetchers(),
        config.replication().fetchWaitMax(),
        config.replication().fetchMinBytes(),
        config.replication().fetchResponseMaxBytes(),
        config.replication().fetchMaxBytes(),
        config.replication().socketTimeout(),
        config.replication().fetchBackoff());
  }

  static BrokerClientConfig client(BrokerConfig config, int brokerId) {
    BrokerClientConfig defaults = BrokerClientConfig.defaults("broker-" + brokerId + "-fetcher");
    return new BrokerClientConfig(
        defaults.clientId(),
        defaults.softwareName(),
        defaults.softwareVersion(),
        config.network().connectTimeout(),
        defaults.maxFrameBytes(),
        MAX_PENDING_FETCHES,
        defaults.sendBuffer(),
        defaults.receiveBuffer());
  }

  static NetworkServerConfig server(BrokerConfig config) {
    List<ListenerConfig> listeners = new ArrayList<>();
    for (Listener listener : config.listeners().listeners()) {
      listeners.add(
          new ListenerConfig(
              listener.name(), listener.securityProtocol(), listener.host(), listener.port()));
    }
    Duration idle = config.network().idleTimeout();
    return NetworkServerConfig.builder(listeners)
        .maxFrameBytes(config.network().maxRequestBytes())
        .maxConnections(Math.max(1, config.network().maxConnections()))
        .maxConnectionsPerIp(Math.max(1, config.network().maxConnectionsPerIp()))
        .idleTimeout(idle.isZero() ? NEVER : idle)
        .sendBuffer(config.network().sendBufferBytes())
        .receiveBuffer(config.network().receiveBufferBytes())
        .backlog(config.network().backlog())
        .build();
  }
}
