package io.ottla.coordination.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;

/**
 * Changes of topics and configuration. Safe from any thread; futures complete on the cluster-events
 * thread.
 *
 * <p>{@link #createMissingTopic}, {@link #changeTopicConfig} and {@link #changeBrokerConfig} work
 * on any broker, everything else only on the controller and fails with NotControllerException
 * elsewhere. Each future completes when this broker's image shows the result; with TimeoutException
 * when that took longer than allowed, although the change may still happen; with the matching
 * ApiException when it was refused.
 */
public interface ClusterAdmin {
  boolean isController();

  /**
   * Completes when every partition has a leader in the own image; at once when only validating,
   * with the placement it would have.
   */
  CompletableFuture<TopicImage> createTopic(
      NewTopicSpec spec, boolean validateOnly, Duration timeout);

  /**
   * Creates the topic unless it exists; an existing one is success. Completes when every partition
   * has a leader.
   */
  CompletableFuture<TopicImage> createMissingTopic(NewTopicSpec spec, Duration timeout);

  /**
   * Completes when the name is free. Brokers that are down delete their replicas when they come
   * back.
   */
  CompletableFuture<Void> deleteTopic(Uuid topicId, Duration timeout);

  /**
   * Adds partitions; completes when every one has a leader.
   *
   * @param newCount partitions to have in all, more than now
   * @param assignments replicas of each additional partition; empty means placed here
   */
  CompletableFuture<Void> createPartitions(
      String topic,
      int newCount,
      List<List<Integer>> assignments,
      boolean validateOnly,
      Duration timeout);

  /**
   * Elects leaders; completes when every election was won or refused.
   *
   * @param partitions null for all; then partitions that need no election are left out of the
   *     answer
   * @return for each partition the refusal, or empty when a leader was elected
   */
  CompletableFuture<Map<TopicPartition, Optional<ApiException>>> electLeaders(
      ElectionType type, Set<TopicPartition> partitions, Duration timeout);

  /**
   * Changes the overrides of a topic; on any broker, because clients send it to any. Of two changes
   * at the same time on two brokers the later one is applied to the result of the earlier.
   *
   * @param change from the whole map stored, which is immutable, to the whole map to store. It runs
   *     on the cluster-events thread, again whenever another change came between: it must be quick
   *     and have no effects. What it throws, such as a refusal of the result, fails the future
   */
  CompletableFuture<Void> changeTopicConfig(
      String topic, UnaryOperator<Map<String, String>> change, Duration timeout);

  /**
   * Changes the overrides of a broker, or of all.
   *
   * @param brokerId empty for the default of all brokers
   * @param change as for {@link #changeTopicConfig}
   */
  CompletableFuture<Void> changeBrokerConfig(
      OptionalInt brokerId, UnaryOperator<Map<String, String>> change, Duration timeout);
}
