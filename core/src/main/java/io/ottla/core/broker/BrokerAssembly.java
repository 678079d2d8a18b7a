package io.ottla.core.broker;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import io.ottla.core.api.ApiDispatcher;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.fetch.FetchSessions;
import io.ottla.core.api.group.GroupCoordinators;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.ConfigurationException;
import io.ottla.core.config.DynamicConfig;
import io.ottla.core.metrics.BrokerMetrics;
import io.ottla.core.metrics.BrokerTopicMetrics;
import io.ottla.core.metrics.ClusterGauges;
import io.ottla.core.metrics.MetricNames;
import io.ottla.core.metrics.PartitionGauges;
import io.ottla.core.metrics.ReplicaGauges;
import io.ottla.core.metrics.RequestMeters;
import io.ottla.core.metrics.StorageGauges;
import io.ottla.core.partition.FollowerListener;
import io.ottla.core.partition.Partitions;
import io.ottla.core.partition.ReadReplicaSelector;
import io.ottla.core.replication.BrokerChannels;
import io.ottla.core.replication.ReplicaFetchers;
import io.ottla.core.waiting.TimerDeadlines;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogDirectoryOptions;
import io.ottla.network.server.EventLoops;
import io.ottla.network.server.NetworkServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * Makes and starts the components of a broker, one after the other; each is whole and running when
 * the next one gets it. What has been started is on the {@link Lifecycle}, whatever happens. Used
 * once, by one thread.
 */
final class BrokerAssembly {
  private static final Duration REGISTRATION_MARGIN = Duration.ofSeconds(20);

  private final CoordinationFactory coordinations;
  private final Clock clock;
  private final Lifecycle lifecycle;
  private final AtomicReference<BrokerState> state;

  /** With what is stored in the cluster laid over the file, once the cluster is reached. */
  private BrokerConfig config;

  BrokerAssembly(
      BrokerConfig config,
      CoordinationFactory coordinations,
      Clock clock,
      Lifecycle lifecycle,
      AtomicReference<BrokerState> state) {
    this.config = config;
    this.coordinations = coordinations;
    this.clock = clock;
    this.lifecycle = lifecycle;
    this.state = state;
  }

  /** The parts of a running broker that others ask for. */
  record Parts(
      int brokerId,
      BrokerConfig config,
      Coordination coordination,
      Partitions partitions,
      List<LogDirectory> directories,
      BrokerMetrics metrics,
      Map<String, InetSocketAddress> addresses) {}

  /** Threads and time. */
  private record Base(
      BrokerMetrics metrics,
      TimerDeadlines deadlines,
      ThreadPoolExecutor blocking,
      ScheduledThreadPoolExecutor maintenance,
      EventLoops loops) {}

  Parts assemble() throws Exception {
    lifecycle.step(
        "port check",
        () -> {
          PortCheck.check(config.listeners().listeners(), config.origin());
          return null;
        });
    BrokerIdentity identity = BrokerIdentity.read(config.logs().directories());
    identity.checkBrokerId(config.identity().brokerId(), config.origin());
    int brokerId = brokerId(identity);

    BrokerMetrics metrics =
        lifecycle.start("metrics", () -> new BrokerMetrics(config.jmx()), BrokerMetrics::close);
    Coordination coordination = startCoordination(brokerId, metrics);
    identity.checkClusterId(
        coordination.image().clusterId(),
        "ZooKeeper at " + config.zooKeeper().connect() + ", znode /cluster/id",
        config.origin());
    String incarnation = claim(identity, brokerId, coordination.image().clusterId());
    DynamicConfig dynamic = dynamicConfig(brokerId, coordination);

    Base base = startBase(metrics);
    List<LogDirectory> directories = openDirectories(metrics, coordination);
    Partitions partitions = startPartitions(brokerId, coordination, dynamic, directories, base);
    GroupCoordinators groups = startGroups(brokerId, coordination, partitions, base);

    FetchSessions sessions = new FetchSessions(config.fetch().sessionSlots());
    BrokerTopicMetrics traffic =
        new BrokerTopicMetrics(metrics, topic -> coordination.image().topic(topic) != null);
    AdvertisedEndpoints endpoints = new AdvertisedEndpoints(config.listeners());
    HandlerTable table =
        new HandlerTable(
            brokerId,
            config,
            dynamic,
            coordination,
            partitions,
            groups,
            directories,
            new ClientEndpoints(brokerId, endpoints.reflectedListeners()),
            traffic,
            sessions,
            base.deadlines(),
            clock,
            boundedBlocking(base));
    ApiDispatcher dispatcher =
        new ApiDispatcher(table.handlers(), boundedBlocking(base), new RequestMeters(metrics));
    NetworkServer server =
        lifecycle.start(
            "server",
            () ->
                new NetworkServer(
                    ComponentSettings.server(config), base.loops(), dispatcher, metrics.registry()),
            NetworkServer::close);
    Map<String, InetSocketAddress> addresses = server.bind();

    registerGauges(metrics, sessions, server);
    startMaintenance(brokerId, coordination, directories, partitions, traffic, base);
    List<LogDirectory> lossy = directories.stream().filter(LogDirectory::lossy).toList();
    register(
        coordination,
        new BrokerRegistration(
            brokerId,
            -1,
            endpoints.of(addresses),
            config.identity().rack(),
            incarnation,
            false,
            lossy.isEmpty()));
    introduce(partitions, coordination, brokerId);
    if (!lossy.isEmpty()) {
      coordination.addListener(
          new LossAcknowledgement(partitions::lossIsKnown, lossy, base.blocking()));
    }
    server.startAccepting();
    return new Parts(brokerId, config, coordination, partitions, directories, metrics, addresses);
  }

  private int brokerId(BrokerIdentity identity) {
    int configured = config.identity().brokerId();
    if (configured >= 0) {
      return configured;
    }
    return identity
        .storedBrokerId()
        .orElseGet(
            () ->
                BrokerIdGenerator.generate(config.zooKeeper(), config.identity().reservedMaxId()));
  }

  private Coordination startCoordination(int brokerId, BrokerMetrics metrics) throws Exception {
    ZooKeeperSettings zooKeeper = ComponentSettings.zooKeeper(config);
    return lifecycle.start(
        "coordination",
        () -> {
          Coordination coordination =
              coordinations.create(
                  zooKeeper, brokerId, ComponentSettings.controller(config), metrics.registry());
          try {
            coordination.start();
          } catch (IllegalStateException e) {
            coordination.close();
            throw new StartupException(
                e.getMessage()
                    + ". Start ZooKeeper, or correct zookeeper.connect in "
                    + config.origin()
                    + ".",
                e);
          }
          return coordination;
        },
        Coordination::close);
  }

  private String claim(BrokerIdentity identity, int brokerId, String clusterId) {
    try {
      return identity.claim(brokerId, clusterId);
    } catch (IOException e) {
      throw new StartupException(
          "Cannot write meta.properties below "
              + config.logs().directories()
              + " ("
              + e.getMessage()
              + "). Correct the permissions or the disk, or change log.dirs in "
              + config.origin()
              + ".",
          e);
    }
  }

  private DynamicConfig dynamicConfig(int brokerId, Coordination coordination)
      throws ConfigurationException {
    DynamicConfig dynamic = new DynamicConfig(config);
    coordination.addListener(
        (previous, current, delta) ->
            dynamic.update(current.brokerConfig(brokerId), current.defaultBrokerConfig()));
    dynamic.update(
        coordination.image().brokerConfig(brokerId), coordination.image().defaultBrokerConfig());
    config = config.withStored(dynamic.current().layers());
    return dynamic;
  }

  private Base startBase(BrokerMetrics metrics) throws Exception {
    TimerDeadlines deadlines = lifecycle.start("timer", TimerDeadlines::new, TimerDeadlines::close);
    ThreadPoolExecutor blocking =
        lifecycle.start(
            "blocking threads",
            () -> BrokerThreads.blocking(config.network().blockingThreads()),
            BrokerThreads::end);
    EventLoops loops =
        lifecycle.start(
            "event loops", () -> new EventLoops(config.network().eventLoops()), EventLoops::close);
    ScheduledThreadPoolExecutor maintenance =
        BrokerThreads.maintenance(config.network().maintenanceThreads());
    return new Base(metrics, deadlines, blocking, maintenance, loops);
  }

  private BoundedExecutor boundedBlocking(Base base) {
    return new BoundedExecutor(base.blocking(), config.network().maxQueuedBlocking());
  }

  private List<LogDirectory> openDirectories(BrokerMetrics metrics, Coordination coordination)
      throws Exception {
    state.set(BrokerState.RECOVERY);
    LogDirectoryOptions options = ComponentSettings.logs(config, clock, metrics.registry());
    List<LogDirectory> directories = new ArrayList<>();
    for (Path path : config.logs().directories()) {
      directories.add(
          lifecycle.start(
              "log directory " + path,
              () -> openDirectory(path, options),
              directory -> directory.close(coordination.brokerEpoch())));
    }
    return directories;
  }

  private LogDirectory openDirectory(Path path, LogDirectoryOptions options) {
    try {
      return LogDirectory.open(path, options);
    } catch (UncheckedIOException e) {
      throw new StartupException(
          e.getMessage()
              + ". Stop the other broker, correct the permissions or the disk, or change log.dirs in "
              + config.origin()
              + ".",
          e);
    }
  }

  private Partitions startPartitions(
      int brokerId,
      Coordination coordination,
      DynamicConfig dynamic,
      List<LogDirectory> directories,
      Base base)
      throws Exception {
    FollowerListener fetchers =
        lifecycle.start(
            "replica fetchers",
            () ->
                new ReplicaFetchers(
                    brokerId,
                    coordination::brokerEpoch,
                    broker ->
                        coordination
                            .image()
                            .broker(broker)
                            .map(BrokerRegistration::epoch)
                            .orElse(-1L),
                    new BrokerChannels(
                        coordination::image,
                        config.listeners().interBrokerListener(),
                        ComponentSettings.client(config, brokerId),
                        base.loops(),
                        base.blocking()),
                    ComponentSettings.fetchers(config),
                    base.deadlines(),
                    base.loops()::next),
            ReplicaFetchers::close);
    Partitions partitions =
        lifecycle.start(
            "partitions",
            () ->
                new Partitions(
                    brokerId,
                    coordination::brokerEpoch,
                    coordination::writePartitionState,
                    directories,
                    new DynamicTopicSettings(dynamic),
                    base.deadlines(),
                    base.blocking(),
                    config.replication().lagTimeMax().toNanos(),
                    config.replication().rackAwareReads()
                        ? ReadReplicaSelector.RACK_AWARE
                        : ReadReplicaSelector.LEADER,
                    fetchers),
            Partitions::close);
    return partitions;
  }

  /** Coordinators learn of leadership from the first image on, so they come before it. */
  private GroupCoordinators startGroups(
      int brokerId, Coordination coordination, Partitions partitions, Base base) throws Exception {
    GroupCoordinators groups =
        lifecycle.start(
            "group coordinator",
            () ->
                new GroupCoordinators(
                    brokerId,
                    config.groups(),
                    config.groups().coordinatorThreads(),
                    coordination::image,
                    base.deadlines(),
                    clock,
                    base.blocking()),
            GroupCoordinators::close);
    partitions.addLeadershipListener(groups.leadership());
    return groups;
  }

  private static void registerGauges(
      BrokerMetrics metrics, FetchSessions sessions, NetworkServer server) {
    String type = "FetchSessionCache";
    metrics.gauge(
        MetricNames.of("kafka.server", type, "NumIncrementalFetchSessions"), sessions::count);
    metrics.gauge(
        MetricNames.of("kafka.server", type, "NumIncrementalFetchPartitionsCached"),
        sessions::partitionsCached);
    metrics.gauge(
        MetricNames.of("kafka.server", type, "IncrementalFetchSessionEvictions"),
        sessions::evictions);
    metrics.gauge(
        MetricNames.of("kafka.network", "SocketServer", "ConnectionCount"),
        server::connectionCount);
  }

  private void startMaintenance(
      int brokerId,
      Coordination coordination,
      List<LogDirectory> directories,
      Partitions partitions,
      BrokerTopicMetrics traffic,
      Base base)
      throws Exception {
    BrokerMetrics metrics = base.metrics();
    StorageGauges.register(metrics, directories, partitions);
    ClusterGauges.register(metrics, brokerId, coordination::image, coordination::sessionAlive);
    metrics.gauge(
        MetricNames.of("kafka.server", "KafkaServer", "BrokerState"), () -> state.get().code());
    ReplicaGauges replicaGauges =
        new ReplicaGauges(metrics, partitions, base.deadlines()::nanoTime);
    MaintenancePlan plan =
        new MaintenancePlan(
            config,
            partitions,
            metrics,
            replicaGauges,
            new PartitionGauges(metrics, partitions, traffic),
            base.deadlines(),
            clock);
    lifecycle.start(
        "maintenance threads",
        () -> {
          plan.startOn(base.maintenance());
          return base.maintenance();
        },
        BrokerThreads::end);
  }

  /**
   * Partitions see their first image only when it shows the registration of this run: one of an
   * earlier run, which a crash leaves behind, would make this broker believe that it still leads
   * what the earlier one led. Returns when they have seen it.
   */
  private static void introduce(Partitions partitions, Coordination coordination, int brokerId)
      throws InterruptedException {
    awaitImage(
        coordination,
        image ->
            image.brokers().containsKey(brokerId)
                && image.brokers().get(brokerId).epoch() == coordination.brokerEpoch());
    coordination.addListener(partitions);
    // Listeners are called in order: when this one is, the partitions have been.
    awaitImage(coordination, image -> true);
  }

  private static void awaitImage(Coordination coordination, Predicate<ClusterImage> condition)
      throws InterruptedException {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    coordination.addListener(
        (previous, current, delta) -> {
          if (!seen.isDone() && condition.test(current)) {
            seen.complete(null);
          }
        });
    try {
      seen.get(REGISTRATION_MARGIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new StartupException(
          "The registration of this broker did not become visible in ZooKeeper", e);
    }
  }

  private void register(Coordination coordination, BrokerRegistration registration)
      throws InterruptedException {
    long patienceMs =
        config.zooKeeper().connectionTimeoutMs()
            + 2L * config.zooKeeper().sessionTimeoutMs()
            + REGISTRATION_MARGIN.toMillis();
    try {
      coordination.register(registration).get(patienceMs, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new StartupException(
          "Broker " + registration.id() + " cannot register: " + e.getCause().getMessage(),
          e.getCause());
    } catch (TimeoutException e) {
      throw new StartupException(
          "Broker "
              + registration.id()
              + " could not register in ZooKeeper at "
              + config.zooKeeper().connect()
              + " within "
              + patienceMs / 1000
              + " s.",
          e);
    }
  }
}
