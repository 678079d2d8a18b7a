package io.ottla.core.api.topics;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.Responses;
import io.ottla.core.config.TopicCreationSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates a topic that somebody uses but nobody created: an ordinary one with the broker's
 * defaults, an internal one with its own configuration and as many replicas as brokers are alive,
 * up to the number configured. Completes when clients can use it, so that nobody is told to retry.
 *
 * <p>Thread safe. Callers for one name share one creation; at most {@value #MAX_IN_FLIGHT} names
 * are being created by this broker at a time.
 */
public final class TopicCreation {
  private static final Logger LOG = LoggerFactory.getLogger(TopicCreation.class);
  private static final int MAX_IN_FLIGHT = 1_000;

  private final Coordination coordination;
  private final TopicCreationSettings defaults;
  private final InternalTopics internalTopics;
  private final Duration patience;
  private final Map<String, CompletableFuture<TopicImage>> inFlight = new ConcurrentHashMap<>();

  /**
   * @param patience how long to wait for the topic and its leaders
   */
  public TopicCreation(
      Coordination coordination,
      TopicCreationSettings defaults,
      InternalTopics internalTopics,
      Duration patience) {
    this.coordination = coordination;
    this.defaults = defaults;
    this.internalTopics = internalTopics;
    this.patience = patience;
  }

  /**
   * The topic, created if need be, once every partition has a live leader or patience ended. Fails
   * with the protocol's exceptions: an invalid name, too few brokers, a timeout.
   */
  public CompletableFuture<TopicImage> ensure(String name) {
    TopicImage existing = coordination.image().topic(name);
    if (existing != null && hasLeaders(coordination.image(), existing)) {
      return CompletableFuture.completedFuture(existing);
    }
    CompletableFuture<TopicImage> own = new CompletableFuture<>();
    CompletableFuture<TopicImage> other = inFlight.putIfAbsent(name, own);
    if (other != null) {
      return other;
    }
    if (inFlight.size() > MAX_IN_FLIGHT) {
      inFlight.remove(name, own);
      own.completeExceptionally(
          new TimeoutException("More than " + MAX_IN_FLIGHT + " topics are being created"));
      return own;
    }
    CompletableFuture<TopicImage> unused =
        create(name)
            .whenComplete(
                (topic, failure) -> {
                  inFlight.remove(name, own);
                  if (failure == null) {
                    own.complete(topic);
                  } else {
                    own.completeExceptionally(failure);
                  }
                });
    return own;
  }

  /** Whether every partition has a leader that is alive. */
  public static boolean hasLeaders(ClusterImage image, TopicImage topic) {
    for (PartitionImage partition : topic.partitions()) {
      if (partition.state() == null || !image.brokers().containsKey(partition.state().leader())) {
        return false;
      }
    }
    return true;
  }

  private CompletableFuture<TopicImage> create(String name) {
    try {
      TopicNames.validate(name);
      return coordination
          .admin()
          .createMissingTopic(specOf(name), patience)
          .handle((topic, failure) -> created(name, topic, failure));
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  // A topic that exists but got no leaders in time is a success: the answer shows which lack one.
  private TopicImage created(String name, TopicImage topic, Throwable failure) {
    if (failure == null) {
      return topic;
    }
    TopicImage present = coordination.image().topic(name);
    if (present != null && Responses.unwrap(failure) instanceof TimeoutException) {
      return present;
    }
    throw new CompletionException(Responses.unwrap(failure));
  }

  private NewTopicSpec specOf(String name) {
    return internalTopics
        .plan(name)
        .map(plan -> internalSpec(name, plan))
        .orElseGet(
            () ->
                new NewTopicSpec(
                    name,
                    defaults.numPartitions(),
                    defaults.replicationFactor(),
                    List.of(),
                    Map.of()));
  }

  private NewTopicSpec internalSpec(String name, InternalTopics.Plan plan) {
    int live = coordination.image().brokers().size();
    if (live == 0) {
      throw new InvalidReplicationFactorException(
          "Topic " + name + " cannot be created: no broker is registered");
    }
    short replicas = (short) Math.min(plan.replicationFactor(), live);
    if (replicas < plan.replicationFactor()) {
      LOG.warn(
          "Creating {} with {} replicas instead of the configured {}: only {} brokers are alive",
          name,
          replicas,
          plan.replicationFactor(),
          live);
    }
    return new NewTopicSpec(
        name, plan.partitions(), replicas, List.of(), internalTopics.config(name, plan, replicas));
  }
}
