package io.ottla.core.broker;

import io.ottla.core.config.DynamicConfig;
import io.ottla.core.partition.TopicSettings;
import io.ottla.log.LogConfig;
import java.util.Map;

/** The settings of topics with the brokers' values of the moment behind them. Thread-safe. */
record DynamicTopicSettings(DynamicConfig config) implements TopicSettings {
  @Override
  public LogConfig logConfig(Map<String, String> overrides) {
    return config.topics().logConfig(overrides);
  }

  @Override
  public int minInsyncReplicas(Map<String, String> overrides) {
    return config.topics().minInsyncReplicas(overrides);
  }
}
