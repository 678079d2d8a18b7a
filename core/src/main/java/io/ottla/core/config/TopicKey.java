package io.ottla.core.config;

import io.ottla.core.config.ConfigEntry.Synonym;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** One topic configuration name and the broker keys that give its default. Immutable. */
record TopicKey(
    String name,
    ConfigDef.Type type,
    String defaultText,
    ConfigDef.Validator validator,
    List<BrokerSynonym> synonyms,
    String documentation) {

  /** A broker key whose value, times {@code unit}, is the default of a topic key. */
  record BrokerSynonym(BrokerKey key, long unit) {
    String convert(String text) {
      if (unit == 1) {
        return text;
      }
      long value = Long.parseLong(text.trim());
      return Long.toString(value < 0 ? -1 : Math.multiplyExact(value, unit));
    }
  }

  /**
   * Checks one value.
   *
   * @throws ConfigException when it is not of the type or out of range
   */
  Object parse(String text) {
    Object value = ConfigDef.parseType(name, text, type);
    if (validator != null) {
      validator.ensureValid(name, value);
    }
    return value;
  }

  String expected() {
    return KeyText.expected(type, validator, defaultText);
  }

  /** What brokers set for this key, strongest first, the default last. */
  List<Synonym> brokerValues(ConfigLayers layers) {
    List<Synonym> values = new ArrayList<>();
    for (BrokerSynonym synonym : synonyms) {
      values.addAll(layers.values(synonym.key()));
    }
    return values;
  }

  /** The value of a topic without an own one. */
  String inherited(ConfigLayers layers) {
    String value = defaultText;
    for (BrokerSynonym synonym : synonyms) {
      List<Synonym> values = layers.values(synonym.key());
      if (!values.isEmpty()) {
        value = synonym.convert(values.get(0).value());
        if (values.get(0).source() != ConfigSource.DEFAULT) {
          return value;
        }
      }
    }
    return value;
  }

  static Map<String, TopicKey> load() {
    Map<String, TopicKey> keys = new LinkedHashMap<>();
    for (String[] row : KeyTable.read("topic-keys.txt", 6)) {
      TopicKey key =
          new TopicKey(
              row[0],
              KeyTable.type(row[1]),
              row[2],
              KeyTable.range(row[3]),
              synonyms(row[4]),
              row[5]);
      keys.put(key.name(), key);
    }
    return Collections.unmodifiableMap(keys);
  }

  private static List<BrokerSynonym> synonyms(String column) {
    List<BrokerSynonym> synonyms = new ArrayList<>();
    for (String word : column.split(",", -1)) {
      if (word.isBlank()) {
        continue;
      }
      String[] parts = word.trim().split("\\*", -1);
      synonyms.add(
          new BrokerSynonym(
              BrokerKeys.require(parts[0]), parts.length == 1 ? 1 : Long.parseLong(parts[1])));
    }
    return List.copyOf(synonyms);
  }
}
