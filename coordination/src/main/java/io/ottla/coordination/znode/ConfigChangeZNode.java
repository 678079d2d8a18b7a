package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * {@code /config/changes/config_change_<seq>}: tells Kafka's tools and brokers that an entity's
 * overrides changed. Our brokers act on the image instead.
 */
public final class ConfigChangeZNode {
  public static final String PARENT = "/config/changes";
  public static final String PREFIX = PARENT + "/config_change_";

  private ConfigChangeZNode() {}

  /**
   * Encodes a notification.
   *
   * @param entityPath path below /config, such as topics/foo
   */
  public static byte[] encode(String entityPath) {
    ObjectNode node = Json.object();
    node.put("version", 2);
    node.put("entity_path", entityPath);
    return Json.encode(node);
  }
}
