package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PendingFutures;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The administrator's side of the controller. Its methods may be called from any thread; everything
 * happens on the event thread, and partition states are left to the reconciler, which acts on the
 * image.
 */
public final class ControllerAdmin implements ClusterAdmin, ImageListener {
  private static final int MAX_ATTEMPTS = 5;

  private final int brokerId;
  private final Controller controller;
  private final ControllerStore store;
  private final EventLoop loop;
  private final ControllerSettings settings;
  private final RandomGenerator random;
  private final ImageWaiters waiters;

  /** Operations under way; each ends with its timeout at the latest. */
  private final PendingFutures pending = new PendingFutures();

  public ControllerAdmin(
      int brokerId,
      Controller controller,
      ControllerStore store,
      EventLoop loop,
      ControllerSettings settings,
      RandomGenerator random) {
    this.brokerId = brokerId;
    this.controller = controller;
    this.store = store;
    this.loop = loop;
    this.settings = settings;
    this.random = random;
    this.waiters = new ImageWaiters(loop);
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    waiters.onImage(previous, current, delta);
  }

  @Override
  public boolean isController() {
    return controller.isActive();
  }

  @Override
  public CompletableFuture<TopicImage> createTopic(
      NewTopicSpec spec, boolean validateOnly, Duration timeout) {
    return onController(
        timeout,
        () -> {
          TopicImage topic = TopicPlan.create(spec, store.image(), random);
          if (validateOnly) {
            return CompletableFuture.completedFuture(topic);
          }
          return create(topic, spec.config(), true, timeout);
        });
  }

  @Override
  public CompletableFuture<TopicImage> createMissingTopic(NewTopicSpec spec, Duration timeout) {
    return submit(
        timeout,
        () -> {
          if (store.image().topic(spec.name()) != null) {
            return awaitLeaders(spec.name(), null, timeout);
          }
          TopicImage topic = TopicPlan.create(spec, store.image(), random);
          CompletableFuture<TopicImage> result = new CompletableFuture<>();
          Futures.onDone(
              create(topic, spec.config(), false, timeout),
              (created, error) -> {
                if (error instanceof TopicExistsException) {
                  Futures.forward(awaitLeaders(spec.name(), null, timeout), result);
                } else if (error != null) {
                  result.completeExceptionally(error);
                } else {
                  result.complete(created);
                }
              });
          return result;
        });
  }

  @Override
  public CompletableFuture<Void> deleteTopic(Uuid topicId, Duration timeout) {
    return onController(
        timeout,
        () -> {
          if (!settings.deleteTopicEnable()) {
            throw new TopicDeletionDisabledException(
                "Topic deletion is disabled by delete.topic.enable.");
          }
          TopicImage topic = store.image().topic(topicId);
          if (topic == null) {
            throw new UnknownTopicIdException("There is no topic with id " + topicId + ".");
          }
          CompletableFuture<Void> marked =
              topic.deleting()
                  ? CompletableFuture.completedFuture(null)
                  : store.markDeleting(topic);
          return marked.thenCompose(
              v ->
                  waiters
                      .await(
                          store.image(),
                          topic.name(),
                          timeout,
                          image ->
                              image.topic(topicId) == null
                                  ? Optional.of(topicId)
                                  : Optional.empty())
                      .thenApply(gone -> null));
        });
  }

  @Override
  public CompletableFuture<Void> createPartitions(
      String topic,
      int newCount,
      List<List<Integer>> assignments,
      boolean validateOnly,
      Duration timeout) {
    return onController(
        timeout, () -> addPartitions(topic, newCount, assignments, validateOnly, timeout, 1));
  }

  @Override
  public CompletableFuture<Map<TopicPartition, Optional<ApiException>>> electLeaders(
      ElectionType type, Set<TopicPartition> partitions, Duration timeout) {
    return onController(
        timeout,
        () -> {
          boolean all = partitions == null;
          Set<TopicPartition> targets =
              all ? allPartitions(store.image()) : new LinkedHashSet<>(partitions);
          Map<TopicPartition, CompletableFuture<Optional<ApiException>>> elections =
              new LinkedHashMap<>();
          for (TopicPartition partition : targets) {
            elections.put(partition, controller.elect(type, partition));
          }
          return CompletableFuture.allOf(elections.values().toArray(CompletableFuture<?>[]::new))
              .thenApply(
                  v -> {
                    Map<TopicPartition, Optional<ApiException>> result = new LinkedHashMap<>();
                    elections.forEach(
                        (partition, election) -> {
                          Optional<ApiException> refusal = election.join();
                          if (!(all
                              && refusal.isPresent()
                              && refusal.get() instanceof ElectionNotNeededException)) {
                            result.put(partition, refusal);
                          }
                        });
                    return result;
                  });
        });
  }

  @Override
  public CompletableFuture<Void> changeTopicConfig(
      String topic, UnaryOperator<Map<String, String>> change, Duration timeout) {
    return submit(
        timeout,
        () -> {
          if (store.image().topic(topic) == null) {
            throw new UnknownTopicOrPartitionException("The topic '" + topic + "' does not exist.");
          }
          return store.changeTopicConfig(topic, change);
        });
  }

  @Override
  public CompletableFuture<Void> changeBrokerConfig(
      OptionalInt broker, UnaryOperator<Map<String, String>> change, Duration timeout) {
    return submit(timeout, () -> store.changeBrokerConfig(broker, change));
  }

  /** Ends every operation under way, because the broker closes. */
  public void failPending(ApiException reason) {
    pending.close(reason);
  }

  private CompletableFuture<TopicImage> create(
      TopicImage topic, Map<String, String> config, boolean fenced, Duration timeout) {
    return store
        .createTopic(topic, config, fenced)
        .thenCompose(v -> awaitLeaders(topic.name(), topic.id(), timeout));
  }

  /**
   * Waits until every partition has a leader.
   *
   * @param id the id it must have; null for whatever topic has the name
   */
  private CompletableFuture<TopicImage> awaitLeaders(String name, Uuid id, Duration timeout) {
    return waiters.await(
        store.image(),
        name,
        timeout,
        image -> {
          TopicImage topic = image.topic(name);
          if (id != null && (topic == null || !topic.id().equals(id))) {
            throw new UnknownTopicOrPartitionException(
                "Topic " + name + " was deleted right after its creation.");
          }
          boolean ready =
              topic != null && topic.partitions().stream().allMatch(PartitionImage::hasLeader);
          return ready ? Optional.of(topic) : Optional.empty();
        });
  }

  private CompletableFuture<Void> addPartitions(
      String name,
      int newCount,
      List<List<Integer>> assignments,
      boolean validateOnly,
      Duration timeout,
      int attempt) {
    TopicImage topic = store.image().topic(name);
    if (topic == null || topic.deleting()) {
      throw new UnknownTopicOrPartitionException("The topic '" + name + "' does not exist.");
    }
    TopicImage expanded = TopicPlan.expand(topic, newCount, assignments, store.image(), random);
    if (validateOnly) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> result = new CompletableFuture<>();
    Futures.onDone(
        store.updateTopic(expanded),
        (v, error) -> {
          if (error == null) {
            Futures.onDone(awaitLeaders(name, topic.id(), timeout), (t, e) -> finish(result, e));
          } else if (error instanceof InvalidRequestException && attempt < MAX_ATTEMPTS) {
            Futures.forward(
                guarded(
                    () -> addPartitions(name, newCount, assignments, false, timeout, attempt + 1)),
                result);
          } else {
            result.completeExceptionally(error);
          }
        });
    return result;
  }

  private static Set<TopicPartition> allPartitions(ClusterImage image) {
    Set<TopicPartition> all = new LinkedHashSet<>();
    for (TopicImage topic : image.topics()) {
      if (!topic.deleting()) {
        for (PartitionImage partition : topic.partitions()) {
          all.add(new TopicPartition(topic.name(), partition.partition()));
        }
      }
    }
    return all;
  }

  private <T> CompletableFuture<T> onController(
      Duration timeout, Supplier<CompletableFuture<T>> operation) {
    return submit(
        timeout,
        () -> {
          if (!controller.isActive()) {
            throw new NotControllerException("Broker " + brokerId + " is not the controller.");
          }
          return operation.get();
        });
  }

  /** Runs the operation on the event thread, within the timeout. */
  private <T> CompletableFuture<T> submit(
      Duration timeout, Supplier<CompletableFuture<T>> operation) {
    CompletableFuture<T> result = pending.create();
    loop.execute(
        () -> {
          Futures.forward(guarded(operation), result);
          if (!result.isDone()) {
            loop.schedule(
                timeout,
                () ->
                    result.completeExceptionally(
                        new TimeoutException(
                            "Not done within "
                                + timeout.toMillis()
                                + " ms; it may still happen.")));
          }
        });
    return result;
  }

  private static <T> CompletableFuture<T> guarded(Supplier<CompletableFuture<T>> operation) {
    try {
      return operation.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T> void finish(CompletableFuture<T> future, Throwable error) {
    if (error == null) {
      future.complete(null);
    } else {
      future.completeExceptionally(error);
    }
  }
}
