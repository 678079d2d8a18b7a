package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.znode.BrokerZNode;
import io.ottla.coordination.znode.ConfigZNode;
import io.ottla.coordination.znode.DeleteTopicZNode;
import io.ottla.coordination.znode.PartitionStateZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts znodes into an image, and remembers what later writes need to know of them: versions of
 * topics and overrides, and which topics are marked for deletion. What cannot be decoded is logged
 * and leaves the image as it was. Confined to the event thread; grows with the number of topics.
 */
final class ImageDecoder {
  static final int NO_VERSION = -1;

  private static final Logger LOG = LoggerFactory.getLogger(ImageDecoder.class);

  private final Map<String, Integer> topicVersions = new HashMap<>();
  private final Map<String, Integer> configVersions = new HashMap<>();

  /** Marked topics, with the id that is meant; the zero id for any. */
  private final Map<String, Uuid> marks = new HashMap<>();

  /** Version of a topic's znode; -1 when it is not known. */
  int topicVersion(String topic) {
    return topicVersions.getOrDefault(topic, NO_VERSION);
  }

  void topicVersion(String topic, int version) {
    topicVersions.put(topic, version);
  }

  /** Version of the znode with overrides; -1 when there is none. */
  int configVersion(String path) {
    return configVersions.getOrDefault(path, NO_VERSION);
  }

  void configVersion(String path, int version) {
    configVersions.put(path, version);
  }

  Set<String> configPaths() {
    return Set.copyOf(configVersions.keySet());
  }

  Set<String> markedTopics() {
    return Set.copyOf(marks.keySet());
  }

  /**
   * Applies one znode as read.
   *
   * @param node null when it does not exist
   */
  void apply(ClusterImage.Builder image, ClusterPath path, Session.Node node) {
    try {
      switch (path.kind()) {
        case BROKER -> broker(image, path.number(), node);
        case MARK -> mark(image, path, node);
        case TOPIC -> topic(image, path.name(), node);
        case TOPIC_CONFIG, BROKER_CONFIG -> config(image, path, node);
        case STATE -> state(image, path, node);
        case CONTROLLER ->
            throw new IllegalStateException("the controller is read together with its epoch");
      }
    } catch (IllegalArgumentException e) {
      LOG.error("{}; it is ignored until somebody corrects it", e.getMessage(), e);
    }
  }

  private static void broker(ClusterImage.Builder image, int id, Session.Node node) {
    if (node == null) {
      image.removeBroker(id);
    } else {
      image.broker(BrokerZNode.decode(id, node.data(), node.stat().getCzxid()));
    }
  }

  private void mark(ClusterImage.Builder image, ClusterPath path, Session.Node node) {
    if (node == null) {
      unmark(image, path.name());
    } else {
      mark(image, path.name(), DeleteTopicZNode.decode(path.path(), node.data()));
    }
  }

  void mark(ClusterImage.Builder image, String topic, Uuid id) {
    marks.put(topic, id);
    refreshMark(image, topic);
  }

  void unmark(ClusterImage.Builder image, String topic) {
    marks.remove(topic);
    refreshMark(image, topic);
  }

  private void refreshMark(ClusterImage.Builder image, String name) {
    TopicImage topic = image.currentTopic(name);
    if (topic != null && topic.deleting() != isMarked(topic)) {
      image.topic(topic.withDeleting(isMarked(topic)));
    }
  }

  private boolean isMarked(TopicImage topic) {
    Uuid id = marks.get(topic.name());
    return id != null && (id.equals(Uuid.ZERO_UUID) || id.equals(topic.id()));
  }

  private void topic(ClusterImage.Builder image, String name, Session.Node node) {
    if (node == null) {
      removeTopic(image, name);
      return;
    }
    TopicImage decoded = TopicZNode.decode(name, node.data());
    topicVersions.put(name, node.stat().getVersion());
    putTopic(image, decoded);
  }

  void removeTopic(ClusterImage.Builder image, String name) {
    topicVersions.remove(name);
    if (image.currentTopic(name) != null) {
      image.removeTopic(name);
    }
  }

  /** Puts assignment and id of a topic; states of the same topic stay. */
  void putTopic(ClusterImage.Builder image, TopicImage decoded) {
    TopicImage known = image.currentTopic(decoded.name());
    TopicImage next = decoded;
    boolean same =
        known != null && (known.id().equals(decoded.id()) || known.id().equals(Uuid.ZERO_UUID));
    if (same) {
      List<PartitionImage> partitions = new ArrayList<>(decoded.partitions().size());
      for (PartitionImage partition : decoded.partitions()) {
        PartitionImage old = known.partition(partition.partition());
        partitions.add(old == null ? partition : partition.withState(old.state(), old.version()));
      }
      next = decoded.withPartitions(partitions);
    }
    next = next.withDeleting(isMarked(next));
    if (!next.equals(known)) {
      image.topic(next);
    }
  }

  private void config(ClusterImage.Builder image, ClusterPath path, Session.Node node) {
    Map<String, String> overrides = Map.of();
    if (node == null) {
      configVersions.remove(path.path());
    } else {
      configVersions.put(path.path(), node.stat().getVersion());
      overrides = ConfigZNode.decode(path.path(), node.data());
    }
    putConfig(image, path, overrides);
  }

  static void putConfig(
      ClusterImage.Builder image, ClusterPath path, Map<String, String> overrides) {
    if (path.kind() == ClusterPath.Kind.TOPIC_CONFIG) {
      image.topicConfig(path.name(), overrides);
    } else if (path.number() >= 0) {
      image.brokerConfig(path.number(), overrides);
    } else {
      image.defaultBrokerConfig(overrides);
    }
  }

  /**
   * A state that vanishes does so because its topic is being deleted; it stays in the image until
   * the topic goes, so that nobody elects a leader for what is about to disappear.
   */
  private static void state(ClusterImage.Builder image, ClusterPath path, Session.Node node) {
    if (node != null) {
      putState(
          image,
          path.name(),
          path.number(),
          PartitionStateZNode.decode(path.path(), node.data()),
          node.stat().getVersion());
    }
  }

  /** Puts a state, if the image has that partition. */
  static void putState(
      ClusterImage.Builder image, String topic, int partition, PartitionState state, int version) {
    PartitionImage known = image.currentPartition(topic, partition);
    if (known != null && !(known.version() == version && state.equals(known.state()))) {
      image.partition(topic, known.withState(state, version));
    }
  }

  /** Forgets overrides that a complete load did not find. */
  void retainConfigs(ClusterImage.Builder image, Set<String> found, Set<String> untouchable) {
    for (String path : configPaths()) {
      if (!found.contains(path) && !untouchable.contains(path)) {
        config(image, ClusterPath.parse(path), null);
      }
    }
  }

  /** Forgets marks that a complete load did not find. */
  void retainMarks(ClusterImage.Builder image, Set<String> found) {
    for (String topic : new HashSet<>(markedTopics())) {
      if (!found.contains(topic)) {
        unmark(image, topic);
      }
    }
  }
}
