package io.ottla.coordination.cluster;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * The cluster at one moment. Immutable, and shares structure with its predecessor: a change costs
 * the partitions of the topic it touches and the logarithm of the number of topics.
 */
public final class ClusterImage {
  /** Nothing known yet. */
  public static final ClusterImage EMPTY =
      new ClusterImage(
          0,
          "",
          -1,
          0,
          HashTreePMap.empty(),
          HashTreePMap.empty(),
          HashTreePMap.empty(),
          HashTreePMap.empty(),
          HashTreePMap.empty());

  /** Entity name of the configuration that applies to every broker. */
  private static final Integer ALL_BROKERS = -1;

  private final long version;
  private final String clusterId;
  private final int controllerId;
  private final int controllerEpoch;
  private final PMap<Integer, BrokerRegistration> brokers;
  private final PMap<String, TopicImage> topics;
  private final PMap<Uuid, String> topicNames;
  private final PMap<String, Map<String, String>> topicConfigs;
  private final PMap<Integer, Map<String, String>> brokerConfigs;

  private ClusterImage(
      long version,
      String clusterId,
      int controllerId,
      int controllerEpoch,
      PMap<Integer, BrokerRegistration> brokers,
      PMap<String, TopicImage> topics,
      PMap<Uuid, String> topicNames,
      PMap<String, Map<String, String>> topicConfigs,
      PMap<Integer, Map<String, String>> brokerConfigs) {
    this.version = version;
    this.clusterId = clusterId;
    this.controllerId = controllerId;
    this.controllerEpoch = controllerEpoch;
    this.brokers = brokers;
    this.topics = topics;
    this.topicNames = topicNames;
    this.topicConfigs = topicConfigs;
    this.brokerConfigs = brokerConfigs;
  }

  /** Rises by one with each image this process publishes. */
  public long version() {
    return version;
  }

  public String clusterId() {
    return clusterId;
  }

  /** The live brokers by id. */
  public Map<Integer, BrokerRegistration> brokers() {
    return brokers;
  }

  public Optional<BrokerRegistration> broker(int id) {
    return Optional.ofNullable(brokers.get(id));
  }

  /** -1 when unknown. */
  public int controllerId() {
    return controllerId;
  }

  public int controllerEpoch() {
    return controllerEpoch;
  }

  public Collection<TopicImage> topics() {
    return topics.values();
  }

  public Set<String> topicNames() {
    return topics.keySet();
  }

  /** Null when there is none. */
  public TopicImage topic(String name) {
    return topics.get(name);
  }

  /** Null when there is none. */
  public TopicImage topic(Uuid id) {
    String name = topicNames.get(id);
    return name == null ? null : topics.get(name);
  }

  /** Null when there is none. */
  public PartitionImage partition(String topic, int partition) {
    TopicImage image = topics.get(topic);
    return image == null ? null : image.partition(partition);
  }

  /** Overrides only. */
  public Map<String, String> topicConfig(String topic) {
    return topicConfigs.getOrDefault(topic, Map.of());
  }

  /** Overrides of one broker only. */
  public Map<String, String> brokerConfig(int brokerId) {
    return brokerConfigs.getOrDefault(brokerId, Map.of());
  }

  /** Overrides for all brokers. */
  public Map<String, String> defaultBrokerConfig() {
    return brokerConfigs.getOrDefault(ALL_BROKERS, Map.of());
  }

  Set<String> topicConfigNames() {
    return topicConfigs.keySet();
  }

  boolean sameBrokerConfigs(ClusterImage other) {
    return brokerConfigs == other.brokerConfigs || brokerConfigs.equals(other.brokerConfigs);
  }

  /** A builder that starts from this image. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** A builder that starts from nothing. */
  public static Builder builder() {
    return new Builder(EMPTY);
  }

  @Override
  public String toString() {
    return "ClusterImage(version="
        + version
        + ", brokers="
        + brokers.keySet()
        + ", controller="
        + controllerId
        + "@"
        + controllerEpoch
        + ", topics="
        + topics.size()
        + ")";
  }

  /** Collects changes for the next image. Confined to one thread. */
  public static final class Builder {
    private final ClusterImage base;
    private String clusterId;
    private int controllerId;
    private int controllerEpoch;
    private PMap<Integer, BrokerRegistration> brokers;
    private PMap<String, TopicImage> topics;
    private PMap<Uuid, String> topicNames;
    private PMap<String, Map<String, String>> topicConfigs;
    private PMap<Integer, Map<String, String>> brokerConfigs;
    private final Set<String> touchedTopics = new HashSet<>();
    private final Set<String> touchedConfigs = new HashSet<>();

    /** Topics whose partitions are being replaced: many changes of one topic copy its list once. */
    private final Map<String, List<PartitionImage>> openPartitions = new HashMap<>();

    private Builder(ClusterImage base) {
      this.base = base;
      this.clusterId = base.clusterId;
      this.controllerId = base.controllerId;
      this.controllerEpoch = base.controllerEpoch;
      this.brokers = base.brokers;
      this.topics = base.topics;
      this.topicNames = base.topicNames;
      this.topicConfigs = base.topicConfigs;
      this.brokerConfigs = base.brokerConfigs;
    }

    public Builder clusterId(String id) {
      clusterId = requireNonNull(id, "clusterId");
      return this;
    }

    public Builder controller(int id, int epoch) {
      controllerId = id;
      controllerEpoch = epoch;
      return this;
    }

    public Builder broker(BrokerRegistration registration) {
      if (!registration.equals(brokers.get(registration.id()))) {
        brokers = brokers.plus(registration.id(), registration);
      }
      return this;
    }

    public Builder removeBroker(int id) {
      brokers = brokers.minus(id);
      return this;
    }

    /** Adds or replaces a topic; the id index follows. */
    public Builder topic(TopicImage topic) {
      removeTopic(topic.name());
      topics = topics.plus(topic.name(), topic);
      if (!topic.id().equals(Uuid.ZERO_UUID)) {
        topicNames = topicNames.plus(topic.id(), topic.name());
      }
      return this;
    }

    public Builder removeTopic(String name) {
      openPartitions.remove(name);
      touchedTopics.add(name);
      TopicImage old = topics.get(name);
      if (old != null) {
        topics = topics.minus(name);
        topicNames = topicNames.minus(old.id());
      }
      return this;
    }

    /** Replaces one partition of an existing topic. */
    public Builder partition(String topic, PartitionImage partition) {
      List<PartitionImage> open = openPartitions.get(topic);
      if (open == null) {
        TopicImage image = topics.get(topic);
        if (image == null) {
          throw new IllegalArgumentException("no topic " + topic);
        }
        open = new ArrayList<>(image.partitions());
        openPartitions.put(topic, open);
        touchedTopics.add(topic);
      }
      open.set(partition.partition(), partition);
      return this;
    }

    /**
     * Sets the overrides of a topic.
     *
     * @param config the whole map; an empty one removes the entry
     */
    public Builder topicConfig(String topic, Map<String, String> config) {
      touchedConfigs.add(topic);
      topicConfigs =
          config.isEmpty()
              ? topicConfigs.minus(topic)
              : topicConfigs.plus(topic, Map.copyOf(config));
      return this;
    }

    public Builder brokerConfig(int brokerId, Map<String, String> config) {
      Integer key = brokerId;
      brokerConfigs =
          config.isEmpty() ? brokerConfigs.minus(key) : brokerConfigs.plus(key, Map.copyOf(config));
      return this;
    }

    public Builder defaultBrokerConfig(Map<String, String> config) {
      return brokerConfig(ALL_BROKERS, config);
    }

    /** The topic with the changes made so far; null when there is none. */
    public TopicImage currentTopic(String name) {
      flush(name);
      return topics.get(name);
    }

    /** The partition with the changes made so far; null when there is none. */
    public PartitionImage currentPartition(String topic, int partition) {
      List<PartitionImage> open = openPartitions.get(topic);
      if (open != null) {
        return partition >= 0 && partition < open.size() ? open.get(partition) : null;
      }
      TopicImage image = topics.get(topic);
      return image == null ? null : image.partition(partition);
    }

    public int currentControllerEpoch() {
      return controllerEpoch;
    }

    public Map<Integer, BrokerRegistration> currentBrokers() {
      return brokers;
    }

    public Set<String> currentTopicNames() {
      return topics.keySet();
    }

    /** The next image, with the version after that of the image this builder started from. */
    public ClusterImage build() {
      for (String name : List.copyOf(openPartitions.keySet())) {
        flush(name);
      }
      return new ClusterImage(
          base.version + 1,
          clusterId,
          controllerId,
          controllerEpoch,
          brokers,
          topics,
          topicNames,
          topicConfigs,
          brokerConfigs);
    }

    /**
     * How the built image differs from the one this builder started from, looking only at what was
     * touched.
     */
    public ImageDelta delta(ClusterImage built) {
      return ImageDelta.between(base, built, touchedTopics, touchedConfigs);
    }

    private void flush(String name) {
      List<PartitionImage> open = openPartitions.remove(name);
      if (open != null) {
        topics = topics.plus(name, topics.get(name).withPartitions(open));
      }
    }
  }
}
