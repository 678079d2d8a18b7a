package io.ottla.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of a broker as of its properties file: one record per area. Immutable. Dynamic
 * values are the business of {@link DynamicConfig}.
 *
 * @param origin where the values come from, for messages: the file's name
 * @param file the texts as given, known keys only
 */
public record BrokerConfig(
    IdentitySettings identity,
    ZooKeeperOptions zooKeeper,
    ListenerSettings listeners,
    NetworkSettings network,
    TopicCreationSettings topicCreation,
    LeadershipSettings leadership,
    ReplicationSettings replication,
    FetchSettings fetch,
    LogSettings logs,
    GroupSettings groups,
    TransactionSettings transactions,
    boolean jmx,
    String origin,
    Map<String, String> file) {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerConfig.class);

  public BrokerConfig {
    file = Map.copyOf(file);
  }

  /**
   * Checks and sorts the given values; unknown names and names without effect are logged in one
   * line each.
   *
   * @param origin where the values come from: the file's name
   * @throws ConfigurationException with every problem found
   */
  public static BrokerConfig parse(Map<String, String> given, String origin)
      throws ConfigurationException {
    Map<String, String> known = new TreeMap<>();
    List<String> unknown = new ArrayList<>();
    given.forEach(
        (name, text) -> {
          if (BrokerKeys.get(name) != null) {
            known.put(name, text);
          } else if (!name.startsWith("listener.name.")) {
            unknown.add(name);
          }
        });
    BrokerValues values = new BrokerValues(ConfigLayers.ofFile(known), origin);
    values.checkFile();
    if (!values.string("authorizer.class.name").isBlank()) {
      values.problem(
          "authorizer.class.name",
          "this version cannot control access and would run open: remove it only if everybody who"
              + " reaches the listeners may do everything");
    }
    BrokerConfig config = assemble(values, origin, known);
    checkCrossValues(values);
    if (!values.problems().isEmpty()) {
      throw new ConfigurationException(origin, values.problems());
    }
    logWithoutEffect(origin, known, unknown);
    return config;
  }

  private static BrokerConfig assemble(
      BrokerValues values, String origin, Map<String, String> known) {
    return new BrokerConfig(
        IdentitySettings.from(values),
        ZooKeeperOptions.from(values),
        ListenerSettings.from(values),
        NetworkSettings.from(values),
        TopicCreationSettings.from(values),
        LeadershipSettings.from(values),
        ReplicationSettings.from(values),
        FetchSettings.from(values),
        LogSettings.from(values),
        GroupSettings.from(values),
        TransactionSettings.from(values),
        values.bool("auto.include.jmx.reporter"),
        origin,
        known);
  }

  /**
   * This configuration with what is stored in the cluster laid over the file, for what is read at
   * the start only. Should the two together be impossible, the file alone stands and the log says
   * why.
   */
  public BrokerConfig withStored(ConfigLayers layers) {
    BrokerValues values = new BrokerValues(layers, "the cluster over " + origin);
    BrokerConfig merged = assemble(values, origin, file);
    if (values.problems().isEmpty()) {
      return merged;
    }
    LOG.error("Not using the stored broker configuration: {}", values.problems());
    return this;
  }

  private static void checkCrossValues(BrokerValues values) {
    long queued = values.longValue("queued.max.request.bytes");
    int request = values.intValue("socket.request.max.bytes");
    if (queued > 0 && queued < request) {
      values.problem(
          "queued.max.request.bytes",
          "raise it to socket.request.max.bytes=" + request + " or set it to -1");
    }
    if (values.intValue("max.connections.per.ip") == 0
        && values.string("max.connections.per.ip.overrides").isBlank()) {
      values.problem("max.connections.per.ip", "nobody could connect: set it to at least 1");
    }
    int message = values.intValue("message.max.bytes");
    int fetch = values.intValue("replica.fetch.max.bytes");
    if (message > fetch && values.isSet("replica.fetch.max.bytes")) {
      LOG.warn(
          "message.max.bytes={} is above replica.fetch.max.bytes={}: batches larger than the latter"
              + " are replicated one at a time",
          message,
          fetch);
    }
  }

  private static void logWithoutEffect(
      String origin, Map<String, String> known, List<String> unknown) {
    TreeSet<String> ignored = new TreeSet<>();
    for (String name : known.keySet()) {
      if (BrokerKeys.require(name).use() == BrokerKey.Use.IGNORED) {
        ignored.add(name);
      }
    }
    if (!ignored.isEmpty()) {
      LOG.info("Accepted and ignored in {}: {}", origin, String.join(", ", ignored));
    }
    if (!unknown.isEmpty()) {
      LOG.warn(
          "Unknown names in {}, perhaps misspelt: {}",
          origin,
          String.join(", ", new TreeSet<>(unknown)));
    }
  }
}
