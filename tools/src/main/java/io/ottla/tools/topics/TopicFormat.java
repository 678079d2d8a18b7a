package io.ottla.tools.topics;

import io.ottla.tools.cli.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The text and JSON of a topic's description. */
final class TopicFormat {
  private TopicFormat() {}

  static String header(TopicRow topic) {
    StringBuilder text = new StringBuilder("Topic: ").append(topic.name());
    if (topic.id() != null) {
      text.append("\tTopicId: ").append(topic.id());
    }
    String configs =
        topic.configs().entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining(","));
    return text.append("\tPartitionCount: ")
        .append(topic.partitions().size())
        .append("\tReplicationFactor: ")
        .append(topic.replicationFactor())
        .append("\tConfigs: ")
        .append(configs)
        .toString();
  }

  static String line(PartitionRow row) {
    StringBuilder text =
        new StringBuilder("\tTopic: ")
            .append(row.topic())
            .append("\tPartition: ")
            .append(row.partition())
            .append("\tLeader: ")
            .append(row.leader() == null ? "none" : row.leader())
            .append("\tReplicas: ")
            .append(ids(row.replicas()))
            .append("\tIsr: ")
            .append(ids(row.isr()));
    if (!row.adding().isEmpty() || !row.removing().isEmpty()) {
      text.append("\tAdding Replicas: ")
          .append(ids(row.adding()))
          .append("\tRemoving Replicas: ")
          .append(ids(row.removing()));
    }
    return text.append("\tElr: ")
        .append(row.elr() == null ? "N/A" : ids(row.elr()))
        .append("\tLastKnownElr: ")
        .append(row.lastKnownElr() == null ? "N/A" : ids(row.lastKnownElr()))
        .toString();
  }

  static Map<String, Object> json(TopicRow topic, List<PartitionRow> partitions) {
    return Json.object(
        "name", topic.name(),
        "topicId", topic.id(),
        "internal", topic.internal(),
        "partitionCount", topic.partitions().size(),
        "replicationFactor", topic.replicationFactor(),
        "configs", topic.configs(),
        "partitions", partitions.stream().map(TopicFormat::json).toList());
  }

  private static Map<String, Object> json(PartitionRow row) {
    return Json.object(
        "partition", row.partition(),
        "leader", row.leader(),
        "replicas", row.replicas(),
        "isr", row.isr(),
        "elr", row.elr(),
        "lastKnownElr", row.lastKnownElr(),
        "addingReplicas", row.adding(),
        "removingReplicas", row.removing());
  }

  private static String ids(List<Integer> ids) {
    return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
