package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.kafka.common.Uuid;

/**
 * {@code /admin/delete_topics/<topic>}: the topic is to be deleted. Ours name the id that is meant;
 * those of tools are empty.
 */
public final class DeleteTopicZNode {
  public static final String PARENT = "/admin/delete_topics";

  private DeleteTopicZNode() {}

  public static String path(String topic) {
    return PARENT + "/" + topic;
  }

  public static byte[] encode(Uuid topicId) {
    ObjectNode node = Json.object();
    node.put("version", 1);
    node.put("topic_id", topicId.toString());
    return Json.encode(node);
  }

  /** The id that is meant; the zero id for whatever topic has the name. */
  public static Uuid decode(String path, byte[] data) {
    if (data == null || data.length == 0) {
      return Uuid.ZERO_UUID;
    }
    JsonNode id = Json.decode(path, data).get("topic_id");
    return id == null ? Uuid.ZERO_UUID : Uuid.fromString(id.textValue());
  }
}
