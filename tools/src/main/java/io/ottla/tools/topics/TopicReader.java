package io.ottla.tools.topics;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** Collects what a description shows: topics, partitions, settings, reassignments, live brokers. */
final class TopicReader {
  private final Admin admin;

  TopicReader(Admin admin) {
    this.admin = admin;
  }

  /** The topics sorted by name. */
  List<TopicRow> read(TopicCollection topics) throws ExecutionException, InterruptedException {
    List<TopicDescription> descriptions = describe(topics);
    if (descriptions.isEmpty()) {
      return List.of();
    }
    Map<String, Config> configs = configs(descriptions.stream().map(d -> d.name()).toList());
    Map<TopicPartition, PartitionReassignment> moves = reassignments(descriptions);
    Set<Integer> alive =
        admin.describeCluster().nodes().get().stream().map(Node::id).collect(Collectors.toSet());
    List<TopicRow> rows = new ArrayList<>();
    for (TopicDescription description : descriptions) {
      rows.add(row(description, configs.get(description.name()), moves, alive));
    }
    return rows;
  }

  private List<TopicDescription> describe(TopicCollection topics)
      throws ExecutionException, InterruptedException {
    Collection<TopicDescription> found =
        topics instanceof TopicCollection.TopicIdCollection
            ? admin.describeTopics(topics).allTopicIds().get().values()
            : admin.describeTopics(topics).allTopicNames().get().values();
    return found.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
  }

  private Map<String, Config> configs(List<String> topics)
      throws ExecutionException, InterruptedException {
    List<ConfigResource> resources =
        topics.stream().map(t -> new ConfigResource(ConfigResource.Type.TOPIC, t)).toList();
    try {
      return admin.describeConfigs(resources).all().get().entrySet().stream()
          .collect(Collectors.toMap(e -> e.getKey().name(), Map.Entry::getValue));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicAuthorizationException) {
        return Map.of(); // the partitions may be seen, the settings not
      }
      throw e;
    }
  }

  private Map<TopicPartition, PartitionReassignment> reassignments(
      List<TopicDescription> descriptions) throws ExecutionException, InterruptedException {
    Set<TopicPartition> partitions =
        descriptions.stream()
            .flatMap(
                d -> d.partitions().stream().map(p -> new TopicPartition(d.name(), p.partition())))
            .collect(Collectors.toSet());
    try {
      return admin.listPartitionReassignments(partitions).reassignments().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnsupportedVersionException
          || e.getCause() instanceof ClusterAuthorizationException) {
        return Map
            .of(); // a broker that cannot reassign, or a user who may not ask: nothing to show
      }
      throw e;
    }
  }

  static TopicRow row(
      TopicDescription description,
      Config config,
      Map<TopicPartition, PartitionReassignment> moves,
      Set<Integer> alive) {
    Map<String, String> overrides = new LinkedHashMap<>();
    Integer minIsr = null;
    if (config != null) {
      for (ConfigEntry entry : config.entries()) {
        if (!entry.isDefault()) {
          overrides.put(entry.name(), entry.value());
        }
      }
      ConfigEntry entry = config.get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
      minIsr = entry == null ? null : Integer.valueOf(entry.value());
    }
    List<PartitionRow> partitions = new ArrayList<>();
    for (TopicPartitionInfo info : description.partitions()) {
      TopicPartition partition = new TopicPartition(description.name(), info.partition());
      partitions.add(row(partition, info, moves.get(partition), alive));
    }
    String id =
        description.topicId() == null || description.topicId().equals(Uuid.ZERO_UUID)
            ? null
            : description.topicId().toString();
    return new TopicRow(
        description.name(), id, description.isInternal(), overrides, minIsr, partitions);
  }

  private static PartitionRow row(
      TopicPartition partition,
      TopicPartitionInfo info,
      PartitionReassignment move,
      Set<Integer> alive) {
    Integer leader = info.leader() == null || info.leader().isEmpty() ? null : info.leader().id();
    return new PartitionRow(
        partition.topic(),
        partition.partition(),
        leader,
        leader != null && alive.contains(leader),
        ids(info.replicas()),
        ids(info.isr()),
        info.elr() == null ? null : ids(info.elr()),
        info.lastKnownElr() == null ? null : ids(info.lastKnownElr()),
        move == null ? List.of() : move.addingReplicas(),
        move == null ? List.of() : move.removingReplicas());
  }

  private static List<Integer> ids(List<Node> nodes) {
    return nodes.stream().map(Node::id).toList();
  }
}
