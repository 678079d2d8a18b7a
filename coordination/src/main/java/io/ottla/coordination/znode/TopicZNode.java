package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;

/**
 * {@code /brokers/topics/<topic>}: id and assignment. Writes Kafka's version 3 and reads 1 to 3.
 */
public final class TopicZNode {
  public static final String PARENT = "/brokers/topics";

  private TopicZNode() {}

  public static String path(String topic) {
    return PARENT + "/" + topic;
  }

  public static String partitionsPath(String topic) {
    return path(topic) + "/partitions";
  }

  public static byte[] encode(TopicImage topic) {
    ObjectNode node = Json.object();
    node.put("version", 3);
    if (!topic.id().equals(Uuid.ZERO_UUID)) {
      node.put("topic_id", topic.id().toString());
    }
    put(node.putObject("partitions"), topic, PartitionImage::replicas, true);
    put(node.putObject("adding_replicas"), topic, PartitionImage::adding, false);
    put(node.putObject("removing_replicas"), topic, PartitionImage::removing, false);
    return Json.encode(node);
  }

  /**
   * Decodes a topic; its partitions have no states.
   *
   * @throws IllegalArgumentException naming path and content
   */
  public static TopicImage decode(String topic, byte[] data) {
    String path = path(topic);
    JsonNode node = Json.decode(path, data);
    JsonNode assignment = Json.required(path, node, "partitions");
    List<PartitionImage> partitions = new ArrayList<>(assignment.size());
    for (int i = 0; i < assignment.size(); i++) {
      String key = Integer.toString(i);
      if (!assignment.has(key)) {
        throw new IllegalArgumentException(
            "znode "
                + path
                + " has "
                + assignment.size()
                + " partitions, but none with number "
                + i);
      }
      partitions.add(
          new PartitionImage(
              i,
              Json.integers(assignment.get(key)),
              Json.integers(node.path("adding_replicas").get(key)),
              Json.integers(node.path("removing_replicas").get(key)),
              null,
              PartitionImage.NO_VERSION));
    }
    Uuid id =
        node.hasNonNull("topic_id")
            ? Uuid.fromString(node.get("topic_id").textValue())
            : Uuid.ZERO_UUID;
    return new TopicImage(topic, id, partitions, false);
  }

  private static void put(
      ObjectNode target,
      TopicImage topic,
      Function<PartitionImage, List<Integer>> list,
      boolean evenEmpty) {
    for (PartitionImage partition : topic.partitions()) {
      List<Integer> brokers = list.apply(partition);
      if (evenEmpty || !brokers.isEmpty()) {
        ArrayNode array = target.putArray(Integer.toString(partition.partition()));
        brokers.forEach(array::add);
      }
    }
  }
}
