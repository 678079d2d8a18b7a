package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Turns a wish for a topic, or for more partitions, into an assignment, or refuses it. Pure, but
 * for the given random source.
 */
public final class TopicPlan {
  /**
   * The assignment of a topic is one znode of at most 1 MiB; this many replicas stay well below it.
   */
  public static final int MAX_REPLICAS_PER_TOPIC = 75_000;

  private static final int MAX_NAME_LENGTH = 249;

  private TopicPlan() {}

  /**
   * The topic as it shall be created, without states, under a fresh id.
   *
   * @throws org.apache.kafka.common.errors.ApiException saying why the topic cannot be created
   */
  public static TopicImage create(NewTopicSpec spec, ClusterImage image, RandomGenerator random) {
    validateName(spec.name());
    if (image.topic(spec.name()) != null) {
      throw new TopicExistsException("Topic '" + spec.name() + "' already exists.");
    }
    refuseCollision(spec.name(), image);
    List<List<Integer>> assignments = spec.assignments();
    if (assignments.isEmpty()) {
      if (spec.partitions() <= 0) {
        throw new InvalidPartitionsException(
            "Number of partitions must be larger than 0, but is " + spec.partitions() + ".");
      }
      refuseTooMany(spec.name(), (long) spec.partitions() * Math.max(1, spec.replicationFactor()));
      assignments =
          ReplicaPlacement.place(
              image.brokers().values(), 0, spec.partitions(), spec.replicationFactor(), -1, random);
    } else {
      validateAssignments(spec.name(), assignments, assignments.get(0).size(), image);
    }
    return new TopicImage(spec.name(), Uuid.randomUuid(), partitions(0, assignments), false);
  }

  /**
   * The topic with more partitions, the new ones without states.
   *
   * @throws org.apache.kafka.common.errors.ApiException saying why it cannot be done
   */
  public static TopicImage expand(
      TopicImage topic,
      int newCount,
      List<List<Integer>> given,
      ClusterImage image,
      RandomGenerator random) {
    int oldCount = topic.partitions().size();
    if (newCount <= oldCount) {
      throw new InvalidPartitionsException(
          newCount == oldCount
              ? "Topic already has " + oldCount + " partitions."
              : "The topic "
                  + topic.name()
                  + " currently has "
                  + oldCount
                  + " partition(s); "
                  + newCount
                  + " would not be an increase.");
    }
    for (PartitionImage partition : topic.partitions()) {
      if (!partition.adding().isEmpty() || !partition.removing().isEmpty()) {
        throw new InvalidRequestException(
            "Partitions of topic "
                + topic.name()
                + " are being reassigned; add partitions when that is done.");
      }
    }
    List<Integer> first = topic.partitions().get(0).replicas();
    List<List<Integer>> assignments = given.stream().map(List::copyOf).toList();
    if (assignments.isEmpty()) {
      refuseTooMany(topic.name(), (long) newCount * first.size());
      assignments =
          ReplicaPlacement.place(
              image.brokers().values(),
              oldCount,
              newCount - oldCount,
              first.size(),
              first.get(0),
              random);
    } else if (assignments.size() != newCount - oldCount) {
      throw new InvalidReplicaAssignmentException(
          "Increasing the number of partitions by "
              + (newCount - oldCount)
              + " but "
              + assignments.size()
              + " assignments provided.");
    } else {
      validateAssignments(topic.name(), assignments, first.size(), image);
    }
    List<PartitionImage> all = new ArrayList<>(topic.partitions());
    all.addAll(partitions(oldCount, assignments));
    return topic.withPartitions(all);
  }

  /**
   * Checks a name against Kafka's rules.
   *
   * @throws InvalidTopicException saying what is wrong with it
   */
  public static void validateName(String name) {
    if (name.isEmpty()) {
      throw new InvalidTopicException("Topic name is invalid: the empty string is not allowed");
    }
    if (name.equals(".") || name.equals("..")) {
      throw new InvalidTopicException("Topic name is invalid: '" + name + "' is not allowed");
    }
    if (name.length() > MAX_NAME_LENGTH) {
      throw new InvalidTopicException(
          "Topic name is invalid: the length of '"
              + name
              + "' is longer than the max allowed length "
              + MAX_NAME_LENGTH);
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
        throw new InvalidTopicException(
            "Topic name is invalid: '"
                + name
                + "' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'");
      }
    }
  }

  private static void refuseCollision(String name, ClusterImage image) {
    if (name.indexOf('.') < 0 && name.indexOf('_') < 0) {
      return;
    }
    String folded = name.replace('.', '_');
    for (String other : image.topicNames()) {
      if (other.length() == name.length() && other.replace('.', '_').equals(folded)) {
        throw new InvalidTopicException(
            "Topic '"
                + name
                + "' collides with existing topic: "
                + other
                + ", because metric names treat '.' and '_' alike.");
      }
    }
  }

  private static void validateAssignments(
      String topic, List<List<Integer>> assignments, int replicationFactor, ClusterImage image) {
    Map<Integer, ?> live = image.brokers();
    long replicas = 0;
    for (List<Integer> assignment : assignments) {
      if (assignment.isEmpty()) {
        throw new InvalidReplicaAssignmentException(
            "Topic " + topic + ": a partition has no replicas.");
      }
      if (new HashSet<>(assignment).size() != assignment.size()) {
        throw new InvalidReplicaAssignmentException(
            "Topic " + topic + ": duplicate broker ids in " + assignment + ".");
      }
      if (assignment.size() != replicationFactor) {
        throw new InvalidReplicaAssignmentException(
            "Topic "
                + topic
                + ": all partitions need "
                + replicationFactor
                + " replicas, but one has "
                + assignment
                + ".");
      }
      for (int broker : assignment) {
        if (!live.containsKey(broker)) {
          throw new InvalidReplicaAssignmentException(
              "Topic "
                  + topic
                  + ": assignment "
                  + assignment
                  + " names broker "
                  + broker
                  + ", which is not alive.");
        }
      }
      replicas += assignment.size();
    }
    if (replicationFactor > Short.MAX_VALUE) {
      throw new InvalidReplicationFactorException(
          "Replication factor " + replicationFactor + " is too large.");
    }
    refuseTooMany(topic, replicas);
  }

  private static void refuseTooMany(String topic, long replicas) {
    if (replicas > MAX_REPLICAS_PER_TOPIC) {
      throw new InvalidPartitionsException(
          "Topic "
              + topic
              + " would have "
              + replicas
              + " replicas; one topic may have "
              + MAX_REPLICAS_PER_TOPIC
              + ". Spread the partitions over several topics.");
    }
  }

  private static List<PartitionImage> partitions(int first, List<List<Integer>> assignments) {
    List<PartitionImage> result = new ArrayList<>(assignments.size());
    for (int i = 0; i < assignments.size(); i++) {
      result.add(
          new PartitionImage(
              first + i,
              assignments.get(i),
              List.of(),
              List.of(),
              null,
              PartitionImage.NO_VERSION));
    }
    return result;
  }
}
