package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** {@code /config/topics/<topic>} and {@code /config/brokers/<id or <default>>}: overrides. */
public final class ConfigZNode {
  public static final String TOPICS = "/config/topics";
  public static final String BROKERS = "/config/brokers";
  public static final String DEFAULT = "<default>";

  private ConfigZNode() {}

  public static String topicPath(String topic) {
    return TOPICS + "/" + topic;
  }

  /**
   * Path of a broker's overrides.
   *
   * @param brokerId empty for the default of all brokers
   */
  public static String brokerPath(OptionalInt brokerId) {
    return BROKERS + "/" + (brokerId.isPresent() ? Integer.toString(brokerId.getAsInt()) : DEFAULT);
  }

  public static byte[] encode(Map<String, String> config) {
    ObjectNode node = Json.object();
    node.put("version", 1);
    ObjectNode entries = node.putObject("config");
    new TreeMap<>(config).forEach(entries::put);
    return Json.encode(node);
  }

  /** The overrides; an empty node has none. */
  public static Map<String, String> decode(String path, byte[] data) {
    Map<String, String> config = new LinkedHashMap<>();
    if (data != null && data.length > 0) {
      JsonNode entries = Json.decode(path, data).path("config");
      entries.fieldNames().forEachRemaining(key -> config.put(key, entries.get(key).asText()));
    }
    return config;
  }
}
