package io.ottla.tools.groups;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Collects what is shown of a group: its committed offsets beside the logs' ends and its members.
 */
final class GroupReader {
  static final Comparator<TopicPartition> ORDER =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private final Admin admin;

  GroupReader(Admin admin) {
    this.admin = admin;
  }

  /** The committed offsets of a group, without the empty ones. */
  Map<TopicPartition, Long> committed(String group)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> answer =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(group).get();
    answer.forEach(
        (partition, offset) -> {
          if (offset != null) {
            offsets.put(partition, offset.offset());
          }
        });
    return offsets;
  }

  /** The offsets of a kind; partitions that cannot be asked are left out. */
  Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> offsets(
      Collection<TopicPartition> partitions, OffsetSpec spec) throws InterruptedException {
    ListOffsetsResult answer =
        admin.listOffsets(
            partitions.stream().collect(Collectors.toMap(Function.identity(), p -> spec)));
    Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> result = new HashMap<>();
    for (TopicPartition partition : partitions) {
      try {
        result.put(partition, answer.partitionResult(partition).get());
      } catch (ExecutionException e) {
        // Shown as unknown: the partition has no leader, or its topic is gone.
      }
    }
    return result;
  }

  /** A row for each partition that has a committed offset or a member. */
  List<OffsetRow> rows(ConsumerGroupDescription group)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> committed = committed(group.groupId());
    Map<TopicPartition, MemberDescription> owners = new HashMap<>();
    for (MemberDescription member : group.members()) {
      member.assignment().topicPartitions().forEach(p -> owners.put(p, member));
    }
    Set<TopicPartition> partitions = new HashSet<>(committed.keySet());
    partitions.addAll(owners.keySet());
    var ends = offsets(partitions, OffsetSpec.latest());
    List<OffsetRow> rows = new ArrayList<>();
    for (TopicPartition partition : partitions.stream().sorted(ORDER).toList()) {
      MemberDescription owner = owners.get(partition);
      rows.add(
          new OffsetRow(
              group.groupId(),
              partition.topic(),
              partition.partition(),
              committed.get(partition),
              ends.containsKey(partition) ? ends.get(partition).offset() : null,
              owner == null ? null : owner.consumerId(),
              owner == null ? null : owner.host(),
              owner == null ? null : owner.clientId()));
    }
    return rows;
  }

  /** {@code t(0,1), u(2)}. */
  static String assignment(MemberDescription member) {
    Map<String, List<TopicPartition>> byTopic =
        member.assignment().topicPartitions().stream()
            .sorted(ORDER)
            .collect(
                Collectors.groupingBy(
                    TopicPartition::topic, java.util.TreeMap::new, Collectors.toList()));
    return byTopic.entrySet().stream()
        .map(
            e ->
                e.getKey()
                    + e.getValue().stream()
                        .map(p -> String.valueOf(p.partition()))
                        .collect(Collectors.joining(",", "(", ")")))
        .collect(Collectors.joining(", "));
  }
}
