package io.ottla.core.config;

import io.ottla.core.config.ConfigEntry.Synonym;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Every value of a broker in force at one moment. Immutable. */
public record ConfigSnapshot(ConfigLayers layers, TopicConfigs topics) {
  static ConfigSnapshot of(ConfigLayers layers) {
    return new ConfigSnapshot(layers, new TopicConfigs(layers));
  }

  /** The text in force of a broker key, or null when it is unset. */
  public String text(String key) {
    return layers.text(BrokerKeys.require(key));
  }

  /**
   * Every broker key with value, source and synonyms; names stored dynamically that are not in the
   * table come last.
   */
  public List<ConfigEntry> describeBroker() {
    List<ConfigEntry> entries = new ArrayList<>();
    for (BrokerKey key : BrokerKeys.all()) {
      List<Synonym> synonyms =
          layers.values(key).stream()
              .map(s -> key.sensitive() ? new Synonym(s.name(), null, s.source()) : s)
              .toList();
      entries.add(
          new ConfigEntry(
              key.name(),
              synonyms.isEmpty() ? null : synonyms.get(0).value(),
              synonyms.isEmpty() ? ConfigSource.DEFAULT : synonyms.get(0).source(),
              key.type(),
              key.scope() == BrokerKey.Scope.STATIC,
              key.sensitive(),
              key.documentation(),
              synonyms));
    }
    return entries;
  }

  /** What is stored for all brokers, as DescribeConfigs answers it for the default broker. */
  public static List<ConfigEntry> describeDefaults(Map<String, String> stored) {
    return stored.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .filter(entry -> BrokerKeys.get(entry.getKey()) != null)
        .map(entry -> defaultEntry(BrokerKeys.require(entry.getKey()), entry.getValue()))
        .toList();
  }

  private static ConfigEntry defaultEntry(BrokerKey key, String stored) {
    String value = key.sensitive() ? null : stored;
    ConfigSource source = ConfigSource.DYNAMIC_DEFAULT_BROKER;
    return new ConfigEntry(
        key.name(),
        value,
        source,
        key.type(),
        false,
        key.sensitive(),
        key.documentation(),
        List.of(new Synonym(key.name(), value, source)));
  }
}
