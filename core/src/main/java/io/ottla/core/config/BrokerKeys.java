package io.ottla.core.config;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** The table of every broker configuration name. Immutable. */
public final class BrokerKeys {
  private static final Map<String, BrokerKey> KEYS = load();

  private BrokerKeys() {}

  /** The key of a name, or null when there is none. */
  public static BrokerKey get(String name) {
    return KEYS.get(name);
  }

  static BrokerKey require(String name) {
    BrokerKey key = KEYS.get(name);
    if (key == null) {
      throw new IllegalArgumentException("not in the table of broker keys: " + name);
    }
    return key;
  }

  /** All keys in the order of the table. */
  public static Collection<BrokerKey> all() {
    return KEYS.values();
  }

  /** The same table for tools that want a {@link ConfigDef}. */
  public static ConfigDef definition() {
    ConfigDef definition = new ConfigDef();
    for (BrokerKey key : all()) {
      definition.define(
          key.name(),
          key.type(),
          key.defaultText(),
          key.validator(),
          ConfigDef.Importance.MEDIUM,
          key.documentation());
    }
    return definition;
  }

  private static Map<String, BrokerKey> load() {
    Map<String, BrokerKey> keys = new LinkedHashMap<>();
    for (String[] row : KeyTable.read("broker-keys.txt", 7)) {
      BrokerKey key =
          new BrokerKey(
              row[0],
              KeyTable.type(row[1]),
              row[2].equals("null") ? null : row[2],
              KeyTable.range(row[3]),
              BrokerKey.Scope.valueOf(row[4].toUpperCase(Locale.ROOT)),
              BrokerKey.Use.valueOf(row[5].toUpperCase(Locale.ROOT)),
              row[6].isEmpty() ? "Accepted, has no effect." : row[6]);
      if (keys.put(key.name(), key) != null) {
        throw new IllegalStateException("twice in the table of broker keys: " + key.name());
      }
    }
    return Collections.unmodifiableMap(keys);
  }
}
