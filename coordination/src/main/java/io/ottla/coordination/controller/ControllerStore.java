package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Where the controller writes. Called on the event thread only; futures complete there, and what
 * was written is in the image before they do. Every write of a controller is fenced: it takes
 * effect only while the epoch of its last claim is the newest.
 *
 * <p>Futures fail with NotControllerException when fenced; with NetworkException when the outcome
 * is unknown - the image has then been loaded anew, so that looking at it tells; with another
 * ApiException when refused.
 */
public interface ControllerStore {
  /**
   * One state to write.
   *
   * @param expectedVersion version the decision was made from; -1 to create the first state
   */
  record StateChange(
      TopicPartition partition, Uuid topicId, PartitionState next, int expectedVersion) {}

  /**
   * How a batch of states ended.
   *
   * @param conflicts empty when the whole batch is stored; else nothing of it is, and the image has
   *     been refreshed for these
   */
  record StatesResult(Set<TopicPartition> conflicts) {
    public static final StatesResult WRITTEN = new StatesResult(Set.of());
  }

  /** The newest image. */
  ClusterImage image();

  /**
   * Takes the office if it is vacant.
   *
   * @return epoch of the new controller; empty when somebody else holds the office
   */
  CompletableFuture<OptionalInt> claim();

  /** Stores all changes or none. */
  CompletableFuture<StatesResult> writeStates(List<StateChange> changes);

  /**
   * Creates a topic without states.
   *
   * @param fenced false for a broker that is not the controller
   */
  CompletableFuture<Void> createTopic(TopicImage topic, Map<String, String> config, boolean fenced);

  /**
   * Replaces assignment and id of an existing topic; fails with InvalidRequestException when it
   * changed meanwhile.
   */
  CompletableFuture<Void> updateTopic(TopicImage topic);

  /** Marks a topic for deletion, so that whoever is controller next finishes it. */
  CompletableFuture<Void> markDeleting(TopicImage topic);

  /** Withdraws the mark. */
  CompletableFuture<Void> unmarkDeleting(String topic);

  /**
   * Deletes states, topic, its configuration and the mark; the name is free when this completes.
   */
  CompletableFuture<Void> removeTopic(TopicImage topic);

  /**
   * Changes the overrides of a topic by compare-and-set; works on any broker.
   *
   * @param change from what is stored to what to store; asked again after a conflict. What it
   *     throws fails the future
   */
  CompletableFuture<Void> changeTopicConfig(
      String topic, UnaryOperator<Map<String, String>> change);

  /** The same for a broker, or for the default of all when the id is empty. */
  CompletableFuture<Void> changeBrokerConfig(
      OptionalInt brokerId, UnaryOperator<Map<String, String>> change);

  /** Deletes notifications that every broker has had time to see. */
  void purgeNotifications();
}
