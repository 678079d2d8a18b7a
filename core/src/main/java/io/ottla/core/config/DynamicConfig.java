package io.ottla.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values in force: the properties file with what is stored in the cluster laid over it. {@link
 * #current()} may be read by any thread; {@link #update} is called by one thread, the one that
 * publishes images, which also runs the subscribers.
 */
public final class DynamicConfig {
  private static final Logger LOG = LoggerFactory.getLogger(DynamicConfig.class);

  private final Map<String, String> file;
  private final List<Consumer<ConfigSnapshot>> subscribers = new CopyOnWriteArrayList<>();
  private volatile ConfigSnapshot current;

  public DynamicConfig(BrokerConfig config) {
    this.file = config.file();
    this.current = ConfigSnapshot.of(ConfigLayers.ofFile(file));
  }

  /** The values in force now. */
  public ConfigSnapshot current() {
    return current;
  }

  /** The configuration of topics in force now. */
  public TopicConfigs topics() {
    return current.topics();
  }

  /** Calls {@code subscriber} with each later snapshot. */
  public void subscribe(Consumer<ConfigSnapshot> subscriber) {
    subscribers.add(subscriber);
  }

  /**
   * Takes over what is stored now. A value that another tool stored and that is illegal here is
   * logged and left out.
   *
   * @param own stored for this broker
   * @param defaults stored for all brokers
   */
  public void update(Map<String, String> own, Map<String, String> defaults) {
    ConfigLayers layers =
        new ConfigLayers(legal(own, "this broker"), legal(defaults, "all brokers"), file);
    ConfigLayers before = current.layers();
    if (layers.equals(before)) {
      return;
    }
    logChanges(before, layers);
    ConfigSnapshot snapshot = ConfigSnapshot.of(layers);
    current = snapshot;
    subscribers.forEach(subscriber -> subscriber.accept(snapshot));
  }

  private static Map<String, String> legal(Map<String, String> stored, String where) {
    Map<String, String> legal = new TreeMap<>();
    stored.forEach(
        (name, text) -> {
          BrokerKey key = BrokerKeys.get(name);
          if (key == null) {
            LOG.info("Ignoring {} stored for {}: no such broker configuration", name, where);
            return;
          }
          try {
            key.parse(text);
            legal.put(name, text);
          } catch (ConfigException e) {
            LOG.error(
                "Ignoring {}={} stored for {}: expected {}; correct it with kafka-configs.sh",
                name,
                key.sensitive() ? "[hidden]" : text,
                where,
                key.expected());
          }
        });
    return legal;
  }

  private static void logChanges(ConfigLayers before, ConfigLayers after) {
    for (BrokerKey key : BrokerKeys.all()) {
      String old = before.text(key);
      String now = after.text(key);
      if (!Objects.equals(old, now)) {
        LOG.info(
            "Configuration {} is now {}{}",
            key.name(),
            key.sensitive() ? "[hidden]" : now,
            key.use() == BrokerKey.Use.LIVE ? "" : "; it takes effect at the next start");
      }
    }
  }

  /**
   * Checks what somebody wants to store for brokers. Unknown names are allowed, as Kafka allows
   * them.
   *
   * @param changed the names that are set or changed, with their new texts
   * @param forAllBrokers whether it is stored for all brokers or for one
   * @throws InvalidRequestException for names that cannot be stored there
   * @throws InvalidConfigurationException for illegal values
   */
  public static void validateBrokerChange(Map<String, String> changed, boolean forAllBrokers) {
    List<String> fixed = new ArrayList<>();
    List<String> single = new ArrayList<>();
    List<String> illegal = new ArrayList<>();
    new TreeMap<>(changed)
        .forEach(
            (name, text) -> {
              BrokerKey key = BrokerKeys.get(name);
              if (key == null) {
                return;
              }
              if (key.scope() == BrokerKey.Scope.STATIC) {
                fixed.add(name);
              } else if (key.scope() == BrokerKey.Scope.BROKER && forAllBrokers) {
                single.add(name);
              }
              try {
                key.parse(text);
              } catch (ConfigException e) {
                illegal.add(
                    "Invalid value "
                        + (key.sensitive() ? "[hidden]" : text)
                        + " for configuration "
                        + name
                        + ": expected "
                        + key.expected());
              }
            });
    if (!fixed.isEmpty()) {
      throw new InvalidRequestException(
          "Cannot update these configs dynamically: "
              + fixed
              + "; set them in the properties file and restart the broker");
    }
    if (!single.isEmpty()) {
      throw new InvalidRequestException(
          "Cannot update these configs for all brokers: " + single + "; name a broker id");
    }
    if (!illegal.isEmpty()) {
      throw new InvalidConfigurationException(String.join("; ", illegal));
    }
  }
}
