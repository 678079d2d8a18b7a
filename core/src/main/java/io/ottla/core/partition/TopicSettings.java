package io.ottla.core.partition;

import io.ottla.log.LogConfig;
import java.util.Map;

/** Effective settings of a topic from its overrides; the broker's defaults are behind it. */
public interface TopicSettings {
  /** What storage needs to know. */
  LogConfig logConfig(Map<String, String> overrides);

  /** {@code min.insync.replicas}, at least 1. */
  int minInsyncReplicas(Map<String, String> overrides);
}
