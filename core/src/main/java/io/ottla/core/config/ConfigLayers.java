package io.ottla.core.config;

import io.ottla.core.config.ConfigEntry.Synonym;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The values given for broker keys, strongest layer first: stored for this broker, stored for all
 * brokers, in the properties file. Every text in it parses; what none of them has is at its
 * default. Immutable.
 */
public record ConfigLayers(
    Map<String, String> broker, Map<String, String> defaults, Map<String, String> file) {
  public ConfigLayers {
    broker = Map.copyOf(broker);
    defaults = Map.copyOf(defaults);
    file = Map.copyOf(file);
  }

  /** The layers of a broker without dynamic values. */
  public static ConfigLayers ofFile(Map<String, String> file) {
    return new ConfigLayers(Map.of(), Map.of(), file);
  }

  /** Every value given for a key, strongest first, its default last (when it has one). */
  List<Synonym> values(BrokerKey key) {
    List<Synonym> values = new ArrayList<>(4);
    add(values, key, broker.get(key.name()), ConfigSource.DYNAMIC_BROKER);
    add(values, key, defaults.get(key.name()), ConfigSource.DYNAMIC_DEFAULT_BROKER);
    add(values, key, file.get(key.name()), ConfigSource.STATIC_BROKER);
    add(values, key, key.defaultText(), ConfigSource.DEFAULT);
    return values;
  }

  private static void add(List<Synonym> values, BrokerKey key, String text, ConfigSource source) {
    if (text != null) {
      values.add(new Synonym(key.name(), text, source));
    }
  }

  /** The text in force, or null. */
  String text(BrokerKey key) {
    String text = broker.get(key.name());
    if (text == null) {
      text = defaults.get(key.name());
    }
    if (text == null) {
      text = file.get(key.name());
    }
    return text == null ? key.defaultText() : text;
  }
}
