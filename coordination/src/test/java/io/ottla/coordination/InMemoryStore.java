package io.ottla.coordination;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.controller.ControllerStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TopicExistsException;

/** The controller's store on an {@link InMemoryCluster}. */
final class InMemoryStore implements ControllerStore {
  private final InMemoryCluster cluster;
  private final InMemoryCoordination view;
  private int epoch = -1;

  InMemoryStore(InMemoryCluster cluster, InMemoryCoordination view) {
    this.cluster = cluster;
    this.view = view;
  }

  @Override
  public ClusterImage image() {
    return view.image();
  }

  @Override
  public CompletableFuture<OptionalInt> claim() {
    return view.whenConnected(
        () -> {
          int claimed = cluster.claim(view);
          if (claimed < 0) {
            return OptionalInt.empty();
          }
          epoch = claimed;
          view.applyOwn(b -> b.controller(view.brokerId(), claimed));
          return OptionalInt.of(claimed);
        });
  }

  @Override
  public CompletableFuture<StatesResult> writeStates(List<StateChange> changes) {
    return view.whenConnected(
        () -> {
          fence();
          List<InMemoryCluster.Change> writes = new ArrayList<>();
          List<InMemoryCluster.Change> refreshes = new ArrayList<>();
          Set<TopicPartition> conflicts = new HashSet<>();
          for (StateChange change : changes) {
            TopicPartition key = change.partition();
            TopicImage topic = cluster.truth().topic(change.topicId());
            PartitionImage current = topic == null ? null : topic.partition(key.partition());
            if (current == null || current.version() != change.expectedVersion()) {
              conflicts.add(key);
              if (current != null && current.state() != null) {
                refreshes.add(
                    InMemoryCluster.stateChange(
                        topic, key.partition(), current.state(), current.version()));
              }
            } else {
              writes.add(
                  InMemoryCluster.stateChange(
                      topic, key.partition(), change.next(), change.expectedVersion() + 1));
            }
          }
          if (!conflicts.isEmpty()) {
            if (refreshes.size() < conflicts.size()) {
              view.drain();
            }
            view.applyOwn(InMemoryCluster.all(refreshes));
            return new StatesResult(conflicts);
          }
          own(InMemoryCluster.all(writes));
          return StatesResult.WRITTEN;
        });
  }

  @Override
  public CompletableFuture<Void> createTopic(
      TopicImage topic, Map<String, String> config, boolean fenced) {
    return view.whenConnected(
        () -> {
          if (fenced) {
            fence();
          }
          if (cluster.truth().topic(topic.name()) != null) {
            throw new TopicExistsException("Topic '" + topic.name() + "' already exists.");
          }
          ownInOrder(
              b -> {
                TopicImage known = b.currentTopic(topic.name());
                if (known == null || !known.id().equals(topic.id())) {
                  b.topic(topic);
                }
                b.topicConfig(topic.name(), config);
              });
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> updateTopic(TopicImage topic) {
    return view.whenConnected(
        () -> {
          fence();
          TopicImage current = cluster.truth().topic(topic.name());
          if (current == null || current.partitions().size() > topic.partitions().size()) {
            throw new InvalidRequestException("topic " + topic.name() + " changed meanwhile");
          }
          ownInOrder(
              b -> {
                TopicImage known = b.currentTopic(topic.name());
                if (known == null || !known.id().equals(topic.id())) {
                  return;
                }
                List<PartitionImage> merged = new ArrayList<>(known.partitions());
                for (int i = merged.size(); i < topic.partitions().size(); i++) {
                  merged.add(topic.partitions().get(i));
                }
                b.topic(known.withPartitions(merged));
              });
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> markDeleting(TopicImage topic) {
    return deleting(topic.name(), true);
  }

  @Override
  public CompletableFuture<Void> unmarkDeleting(String topic) {
    return deleting(topic, false);
  }

  private CompletableFuture<Void> deleting(String name, boolean deleting) {
    return view.whenConnected(
        () -> {
          fence();
          ownInOrder(
              b -> {
                TopicImage known = b.currentTopic(name);
                if (known != null && known.deleting() != deleting) {
                  b.topic(known.withDeleting(deleting));
                }
              });
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> removeTopic(TopicImage topic) {
    return view.whenConnected(
        () -> {
          fence();
          ownInOrder(
              b -> {
                TopicImage known = b.currentTopic(topic.name());
                if (known != null && known.id().equals(topic.id())) {
                  b.removeTopic(topic.name()).topicConfig(topic.name(), Map.of());
                }
              });
          return null;
        });
  }

  @Override
  public CompletableFuture<Void> changeTopicConfig(
      String topic, UnaryOperator<Map<String, String>> change) {
    return changeConfig(
        image -> image.topicConfig(topic), (b, next) -> b.topicConfig(topic, next), change);
  }

  @Override
  public CompletableFuture<Void> changeBrokerConfig(
      OptionalInt brokerId, UnaryOperator<Map<String, String>> change) {
    return brokerId.isPresent()
        ? changeConfig(
            image -> image.brokerConfig(brokerId.getAsInt()),
            (b, next) -> b.brokerConfig(brokerId.getAsInt(), next),
            change)
        : changeConfig(
            ClusterImage::defaultBrokerConfig, ClusterImage.Builder::defaultBrokerConfig, change);
  }

  /** Tries on the own image first, as a broker does, which learns of the truth by a conflict. */
  private CompletableFuture<Void> changeConfig(
      Function<ClusterImage, Map<String, String>> stored,
      BiConsumer<ClusterImage.Builder, Map<String, String>> put,
      UnaryOperator<Map<String, String>> change) {
    return view.whenConnected(
        () -> {
          Map<String, String> seen = stored.apply(image());
          Map<String, String> truth = stored.apply(cluster.truth());
          Map<String, String> tried = Map.copyOf(change.apply(seen));
          Map<String, String> next = seen.equals(truth) ? tried : Map.copyOf(change.apply(truth));
          ownInOrder(b -> put.accept(b, next));
          return null;
        });
  }

  @Override
  public void purgeNotifications() {
    // There are none: every view is told by the cluster itself.
  }

  private void own(InMemoryCluster.Change change) {
    cluster.change(change);
    view.applyOwn(change);
  }

  /**
   * A change that has no version to order it: the own image sees all that happened before it first.
   */
  private void ownInOrder(InMemoryCluster.Change change) {
    cluster.change(change);
    view.drain();
  }

  private void fence() {
    if (!cluster.inOffice(view, epoch)) {
      view.onFenced();
      throw new NotControllerException(
          "broker " + view.brokerId() + " was controller with epoch " + epoch);
    }
  }
}
