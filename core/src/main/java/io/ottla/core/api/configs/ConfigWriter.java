package io.ottla.core.api.configs;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.core.config.BrokerKey;
import io.ottla.core.config.BrokerKeys;
import io.ottla.core.config.ConfigSnapshot;
import io.ottla.core.config.DynamicConfig;
import io.ottla.core.config.TopicConfigs;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;

/**
 * Checks and stores new configurations, for both APIs that change them. Completes when this
 * broker's image shows the change.
 *
 * <p>Topics are changed on any broker, because admin clients send such changes to whichever is
 * least busy. The change itself is handed on, so that it is applied to, and checked with, what is
 * stored at that moment: two clients that change one resource on two brokers at once lose nothing.
 * Stateless; changes run on the cluster-events thread.
 */
public final class ConfigWriter {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Coordination coordination;
  private final int brokerId;
  private final Supplier<ConfigSnapshot> configs;

  /**
   * @param configs the values in force on this broker
   */
  public ConfigWriter(Coordination coordination, int brokerId, Supplier<ConfigSnapshot> configs) {
    this.coordination = coordination;
    this.brokerId = brokerId;
    this.configs = configs;
  }

  /** Applies operations to what is stored. */
  CompletableFuture<Void> change(
      byte type, String name, List<ConfigChanges.Operation> operations, boolean validateOnly) {
    return write(
        type,
        name,
        validateOnly,
        (stored, resource) ->
            resource == ConfigResource.Type.TOPIC
                ? ConfigChanges.apply(
                    stored,
                    operations,
                    configs.get().topics().effective(Map.of()),
                    ConfigChanges::isTopicList)
                : ConfigChanges.apply(stored, operations, inForce(), ConfigChanges::isBrokerList));
  }

  /** Replaces all that is stored. */
  CompletableFuture<Void> replace(
      byte type, String name, Map<String, String> overrides, boolean validateOnly) {
    return write(type, name, validateOnly, (stored, resource) -> overrides);
  }

  @FunctionalInterface
  private interface Change {
    Map<String, String> apply(Map<String, String> stored, ConfigResource.Type type);
  }

  private CompletableFuture<Void> write(
      byte code, String name, boolean validateOnly, Change change) {
    try {
      ConfigResource.Type type = ConfigResources.type(code);
      return switch (type) {
        case TOPIC -> writeTopic(name, validateOnly, change);
        case BROKER -> writeBroker(ConfigResources.broker(name), validateOnly, change);
        default ->
            throw new InvalidRequestException(
                "Levels of loggers are not changed over the wire; edit the broker's logback file");
      };
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private CompletableFuture<Void> writeTopic(String name, boolean validateOnly, Change change) {
    ClusterImage image = coordination.image();
    ConfigResources.requireTopic(image, name);
    UnaryOperator<Map<String, String>> checked =
        stored -> {
          Map<String, String> overrides = change.apply(stored, ConfigResource.Type.TOPIC);
          configs.get().topics().validate(withoutForeign(stored, overrides));
          return overrides;
        };
    if (validateOnly) {
      Map<String, String> unused = checked.apply(image.topicConfig(name));
      return CompletableFuture.completedFuture(null);
    }
    return coordination.admin().changeTopicConfig(name, checked, PATIENCE);
  }

  // What another tool stored under a name unknown here must not make the topic unchangeable.
  private static Map<String, String> withoutForeign(
      Map<String, String> stored, Map<String, String> overrides) {
    Map<String, String> checked = new HashMap<>(overrides);
    checked
        .entrySet()
        .removeIf(
            entry ->
                !TopicConfigs.isKnown(entry.getKey())
                    && entry.getValue() != null
                    && entry.getValue().equals(stored.get(entry.getKey())));
    return checked;
  }

  private CompletableFuture<Void> writeBroker(
      OptionalInt broker, boolean validateOnly, Change change) {
    if (broker.isPresent() && broker.getAsInt() != brokerId) {
      throw new InvalidRequestException(
          "This is broker " + brokerId + "; broker " + broker.getAsInt() + " must be asked itself");
    }
    ClusterImage image = coordination.image();
    UnaryOperator<Map<String, String>> checked =
        stored -> {
          Map<String, String> overrides = change.apply(stored, ConfigResource.Type.BROKER);
          DynamicConfig.validateBrokerChange(
              ConfigChanges.difference(stored, overrides), broker.isEmpty());
          return overrides;
        };
    if (validateOnly) {
      Map<String, String> unused =
          checked.apply(
              broker.isPresent() ? image.brokerConfig(brokerId) : image.defaultBrokerConfig());
      return CompletableFuture.completedFuture(null);
    }
    return coordination.admin().changeBrokerConfig(broker, checked, PATIENCE);
  }

  private Map<String, String> inForce() {
    Map<String, String> values = new TreeMap<>();
    for (BrokerKey key : BrokerKeys.all()) {
      String text = configs.get().text(key.name());
      if (text != null) {
        values.put(key.name(), text);
      }
    }
    return values;
  }
}
