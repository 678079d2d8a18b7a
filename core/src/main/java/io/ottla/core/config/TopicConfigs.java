package io.ottla.core.config;

import io.ottla.core.config.ConfigEntry.Synonym;
import io.ottla.log.LogConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of topics as of one moment: what a topic sets itself wins over what its brokers
 * set, which wins over the default. Immutable; {@link DynamicConfig} publishes a new one when the
 * brokers' values change.
 */
public final class TopicConfigs {
  private static final Map<String, TopicKey> KEYS = TopicKey.load();
  private static final Logger LOG = LoggerFactory.getLogger(TopicConfigs.class);
  private static final String LONG_MAX = Long.toString(Long.MAX_VALUE);

  private final ConfigLayers layers;
  private final Map<String, String> inherited;

  public TopicConfigs(ConfigLayers layers) {
    this.layers = layers;
    Map<String, String> values = new HashMap<>();
    KEYS.values().forEach(key -> values.put(key.name(), key.inherited(layers)));
    this.inherited = Map.copyOf(values);
  }

  /** The configuration of topics when no broker sets anything. */
  public static TopicConfigs defaults() {
    return new TopicConfigs(ConfigLayers.ofFile(Map.of()));
  }

  /** Names, types, defaults and ranges. */
  public static ConfigDef definition() {
    ConfigDef definition = new ConfigDef();
    for (TopicKey key : KEYS.values()) {
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

  /** Whether there is a topic configuration of this name. */
  public static boolean isKnown(String name) {
    return KEYS.containsKey(name);
  }

  /** Whether the key holds a list, to which values can be appended. */
  public static boolean isList(String name) {
    TopicKey key = KEYS.get(name);
    return key != null && key.type() == ConfigDef.Type.LIST;
  }

  /**
   * Checks what a topic wants to set.
   *
   * @throws InvalidConfigurationException naming every unknown name and every illegal value
   */
  public void validate(Map<String, String> overrides) throws InvalidConfigurationException {
    List<String> problems = new ArrayList<>();
    new TreeMap<>(overrides)
        .forEach(
            (name, text) -> {
              TopicKey key = KEYS.get(name);
              if (key == null) {
                problems.add("Unknown topic config name: " + name);
                return;
              }
              try {
                if (text == null) {
                  throw new ConfigException(name, null, "null is not a value");
                }
                key.parse(text);
              } catch (ConfigException e) {
                problems.add(
                    "Invalid value "
                        + text
                        + " for configuration "
                        + name
                        + ": expected "
                        + key.expected());
              }
            });
    if (problems.isEmpty()) {
      Map<String, String> all = effective(overrides);
      long min = Long.parseLong(all.get("min.compaction.lag.ms").trim());
      long max = Long.parseLong(all.get("max.compaction.lag.ms").trim());
      if (min > max) {
        problems.add("min.compaction.lag.ms " + min + " is above max.compaction.lag.ms " + max);
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidConfigurationException(String.join("; ", problems));
    }
  }

  /**
   * Every topic configuration name with the value in force; unknown names in {@code overrides} are
   * left out.
   */
  public Map<String, String> effective(Map<String, String> overrides) {
    if (overrides.isEmpty()) {
      return inherited;
    }
    Map<String, String> values = new HashMap<>(inherited);
    overrides.forEach(
        (name, text) -> {
          if (isLegal(name, text)) {
            values.put(name, text);
          }
        });
    // The old name stands for both directions as long as the topic does not set the newer names.
    String difference = overrides.get("message.timestamp.difference.max.ms");
    if (difference != null && !difference.trim().equals(LONG_MAX)) {
      if (!overrides.containsKey("message.timestamp.before.max.ms")) {
        values.put("message.timestamp.before.max.ms", difference);
      }
      if (!overrides.containsKey("message.timestamp.after.max.ms")) {
        values.put("message.timestamp.after.max.ms", difference);
      }
    }
    return Map.copyOf(values);
  }

  /** What storage needs to know of a topic. */
  public LogConfig logConfig(Map<String, String> overrides) {
    return LogConfig.of(effective(overrides));
  }

  /** Another tool may have stored anything: what is illegal counts as not set, and is logged. */
  private static boolean isLegal(String name, String text) {
    TopicKey key = KEYS.get(name);
    if (key == null) {
      return false;
    }
    try {
      key.parse(text);
      return true;
    } catch (ConfigException e) {
      LOG.warn(
          "Ignoring {}={} stored for a topic: expected {}; correct it with kafka-configs.sh",
          name,
          text,
          key.expected());
      return false;
    }
  }

  public int minInsyncReplicas(Map<String, String> overrides) {
    return Integer.parseInt(value(overrides, "min.insync.replicas"));
  }

  public boolean uncleanLeaderElection(Map<String, String> overrides) {
    return Boolean.parseBoolean(value(overrides, "unclean.leader.election.enable"));
  }

  private String value(Map<String, String> overrides, String name) {
    String own = overrides.get(name);
    return (own != null && isLegal(name, own) ? own : inherited.get(name)).trim();
  }

  /** Every topic configuration name with value, source and synonyms, by name. */
  public List<ConfigEntry> describe(Map<String, String> overrides) {
    Map<String, String> effective = effective(overrides);
    List<ConfigEntry> entries = new ArrayList<>(KEYS.size());
    for (TopicKey key : KEYS.values()) {
      List<Synonym> synonyms = new ArrayList<>();
      String own = overrides.get(key.name());
      if (own != null) {
        synonyms.add(new Synonym(key.name(), own, ConfigSource.TOPIC));
      }
      synonyms.addAll(key.brokerValues(layers));
      ConfigSource source = sourceOf(key, own);
      entries.add(
          new ConfigEntry(
              key.name(),
              effective.get(key.name()),
              source,
              key.type(),
              false,
              false,
              key.documentation(),
              List.copyOf(synonyms)));
    }
    return entries;
  }

  private ConfigSource sourceOf(TopicKey key, String own) {
    if (own != null) {
      return ConfigSource.TOPIC;
    }
    // The first name that some layer sets decides, as in TopicKey.inherited.
    return key.brokerValues(layers).stream()
        .map(Synonym::source)
        .filter(source -> source != ConfigSource.DEFAULT)
        .findFirst()
        .orElse(ConfigSource.DEFAULT);
  }
}
