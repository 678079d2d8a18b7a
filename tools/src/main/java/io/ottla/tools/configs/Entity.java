package io.ottla.tools.configs;

import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.common.config.ConfigResource;

/**
 * What has a configuration: a topic, a broker, or all brokers (the default).
 *
 * @param name the topic's name or the broker's id; empty for the default of all brokers
 */
record Entity(Kind kind, String name) {
  enum Kind {
    TOPIC("topic", "topics"),
    BROKER("broker", "brokers");

    private final String singular;
    private final String plural;

    Kind(String singular, String plural) {
      this.singular = singular;
      this.plural = plural;
    }

    String singular() {
      return singular;
    }

    String plural() {
      return plural;
    }
  }

  boolean isDefault() {
    return name.isEmpty();
  }

  ConfigResource resource() {
    return new ConfigResource(
        kind == Kind.TOPIC ? ConfigResource.Type.TOPIC : ConfigResource.Type.BROKER, name);
  }

  /** The source of the settings that were made for this very entity. */
  ConfigSource dynamicSource() {
    if (kind == Kind.TOPIC) {
      return ConfigSource.DYNAMIC_TOPIC_CONFIG;
    }
    return isDefault()
        ? ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG
        : ConfigSource.DYNAMIC_BROKER_CONFIG;
  }

  String describedAs(boolean all) {
    if (isDefault()) {
      return "Default configs for " + kind.plural() + " in the cluster are:";
    }
    return (all ? "All" : "Dynamic") + " configs for " + kind.singular() + " " + name + " are:";
  }

  String completed() {
    return isDefault()
        ? "Completed updating default config for " + kind.plural() + " in the cluster."
        : "Completed updating config for " + kind.singular() + " " + name + ".";
  }
}
