package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Which leaders should go home, so that every broker leads what it was assigned to lead. Pure. */
public final class PreferredLeaderPlan {
  private PreferredLeaderPlan() {}

  /**
   * Partitions to give back to their preferred leaders, of those brokers that miss more than their
   * share.
   *
   * @param imbalancePercentage a broker may miss this many percent of the partitions it should lead
   * @param limit at most this many
   */
  public static List<TopicPartition> plan(ClusterImage image, int imbalancePercentage, int limit) {
    Map<Integer, int[]> totalAndMissing = new HashMap<>();
    Map<Integer, List<TopicPartition>> movable = new HashMap<>();
    for (TopicImage topic : image.topics()) {
      if (topic.deleting()) {
        continue;
      }
      for (PartitionImage partition : topic.partitions()) {
        count(topic, partition, image, totalAndMissing, movable);
      }
    }
    List<TopicPartition> result = new ArrayList<>();
    movable.forEach(
        (broker, partitions) -> {
          int[] counts = totalAndMissing.get(broker);
          if (100L * counts[1] > (long) imbalancePercentage * counts[0]) {
            result.addAll(
                partitions.subList(
                    0, Math.min(partitions.size(), Math.max(0, limit - result.size()))));
          }
        });
    return result;
  }

  /** How many partitions with a live preferred leader are led by somebody else. */
  public static int imbalance(ClusterImage image) {
    int missing = 0;
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        if (!topic.deleting()
            && partition.state() != null
            && !partition.replicas().isEmpty()
            && partition.leader() != partition.replicas().get(0)) {
          missing++;
        }
      }
    }
    return missing;
  }

  private static void count(
      TopicImage topic,
      PartitionImage partition,
      ClusterImage image,
      Map<Integer, int[]> totalAndMissing,
      Map<Integer, List<TopicPartition>> movable) {
    if (partition.state() == null || partition.replicas().isEmpty()) {
      return;
    }
    int head = partition.replicas().get(0);
    BrokerRegistration broker = image.brokers().get(head);
    if (broker == null || broker.draining()) {
      return;
    }
    int[] counts = totalAndMissing.computeIfAbsent(head, b -> new int[2]);
    counts[0]++;
    if (partition.leader() == head) {
      return;
    }
    counts[1]++;
    IsrMember member = partition.state().isrMember(head);
    boolean inSync = member != null && member.brokerEpoch() == broker.epoch();
    if (inSync && partition.adding().isEmpty() && partition.removing().isEmpty()) {
      movable
          .computeIfAbsent(head, b -> new ArrayList<>())
          .add(new TopicPartition(topic.name(), partition.partition()));
    }
  }
}
