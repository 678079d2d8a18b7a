package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.controller.ControllerStore.StateChange;
import io.ottla.coordination.controller.ControllerStore.StatesResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.EligibleLeadersNotAvailableException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.OperationNotAttemptedException;
import org.apache.kafka.common.errors.PreferredLeaderNotAvailableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the state of every partition what {@link LeaderElection} says it should be. What the image
 * reports as changed is looked at again; what needs a write is written in batches, several of them
 * on their way at a time, and decided only when its batch leaves.
 *
 * <p>Always true: a partition has at most one write on its way. Confined to the event thread. All
 * collections are bounded by the number of partitions.
 */
final class PartitionReconciler {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionReconciler.class);

  /** States in one write: some 100 KiB, far below ZooKeeper's limit of 1 MiB for a request. */
  static final int BATCH = 200;

  private static final int MAX_BATCHES_ON_THEIR_WAY = 16;
  private static final int MAX_ATTEMPTS = 10;

  /** Conflicts in a row before a partition has to wait. */
  private static final int PATIENCE = 5;

  private static final Duration RETRY = Duration.ofSeconds(1);

  private record Requested(
      ElectionType type, CompletableFuture<Optional<ApiException>> future, int attempts) {}

  private final ControllerStore store;
  private final EventLoop loop;
  private final ControllerSettings settings;
  private final Consumer<String> fenced;

  private final Set<TopicPartition> dirty = new LinkedHashSet<>();
  private final Set<TopicPartition> onTheirWay = new HashSet<>();

  /**
   * Partitions whose last batch failed because of them, and how often in a row: they are written
   * one by one, so that they hold up nobody else, and after some conflicts only now and then - the
   * znode may be garbled.
   */
  private final Map<TopicPartition, Integer> alone = new HashMap<>();

  private final Map<TopicPartition, Requested> requested = new LinkedHashMap<>();
  private final Map<String, TopicPolicy> policies = new HashMap<>();
  private int batches;
  private int epoch = -1;
  private long term;
  private boolean draining;

  PartitionReconciler(
      ControllerStore store, EventLoop loop, ControllerSettings settings, Consumer<String> fenced) {
    this.store = store;
    this.loop = loop;
    this.settings = settings;
    this.fenced = fenced;
  }

  void start(ClusterImage image, int controllerEpoch) {
    epoch = controllerEpoch;
    term++;
    policies.clear();
    markAll(image);
    drain();
  }

  void stop() {
    epoch = -1;
    term++;
    batches = 0;
    dirty.clear();
    onTheirWay.clear();
    alone.clear();
    List<Requested> dropped = List.copyOf(requested.values());
    requested.clear();
    for (Requested request : dropped) {
      request
          .future()
          .completeExceptionally(new NotControllerException("The controller has moved."));
    }
  }

  void onImage(ClusterImage image, ImageDelta delta) {
    if (delta.brokerConfigs()) {
      policies.clear();
    } else {
      delta.topicConfigs().forEach(policies::remove);
    }
    delta.removedTopics().keySet().forEach(policies::remove);
    if (delta.brokers() || delta.brokerConfigs()) {
      markAll(image);
    } else {
      dirty.addAll(delta.partitions());
      for (String topic : delta.topicConfigs()) {
        markTopic(image.topic(topic));
      }
    }
    drain();
  }

  CompletableFuture<Optional<ApiException>> elect(ElectionType type, TopicPartition partition) {
    Requested already = requested.get(partition);
    if (already != null && already.type() == type) {
      return already.future();
    }
    CompletableFuture<Optional<ApiException>> future = new CompletableFuture<>();
    if (already != null) {
      future.complete(
          Optional.of(
              new OperationNotAttemptedException(
                  "Another election of " + partition + " is under way.")));
      return future;
    }
    requested.put(partition, new Requested(type, future, 0));
    dirty.add(partition);
    loop.execute(this::drain);
    return future;
  }

  /** Partitions without a live leader come first: they are what clients wait for. */
  private void markAll(ClusterImage image) {
    List<TopicPartition> later = new ArrayList<>();
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        TopicPartition key = new TopicPartition(topic.name(), partition.partition());
        if (isLed(partition, image)) {
          later.add(key);
        } else {
          dirty.add(key);
        }
      }
    }
    dirty.addAll(later);
  }

  private static boolean isLed(PartitionImage partition, ClusterImage image) {
    if (!partition.hasLeader()) {
      return false;
    }
    BrokerRegistration leader = image.brokers().get(partition.leader());
    IsrMember member = partition.state().isrMember(partition.leader());
    return leader != null && member != null && leader.epoch() == member.brokerEpoch();
  }

  private void markTopic(TopicImage topic) {
    if (topic != null) {
      for (PartitionImage partition : topic.partitions()) {
        dirty.add(new TopicPartition(topic.name(), partition.partition()));
      }
    }
  }

  private void drain() {
    if (draining) {
      return; // a store that answers at once calls back into the loop below, which goes on by
      // itself
    }
    draining = true;
    try {
      while (epoch >= 0 && batches < MAX_BATCHES_ON_THEIR_WAY && !dirty.isEmpty()) {
        List<StateChange> batch = nextBatch(store.image());
        if (batch.isEmpty()) {
          break;
        }
        send(batch);
      }
    } finally {
      draining = false;
    }
  }

  private List<StateChange> nextBatch(ClusterImage image) {
    List<StateChange> batch = new ArrayList<>();
    Iterator<TopicPartition> iterator = dirty.iterator();
    List<Runnable> refusals = new ArrayList<>();
    while (iterator.hasNext() && batch.size() < BATCH) {
      TopicPartition partition = iterator.next();
      if (onTheirWay.contains(partition)) {
        iterator.remove(); // its answer marks it again
        continue;
      }
      boolean single = alone.containsKey(partition);
      if (single && !batch.isEmpty()) {
        break;
      }
      iterator.remove();
      Optional<StateChange> change = decide(partition, image, refusals);
      if (change.isPresent()) {
        batch.add(change.get());
        if (single) {
          break;
        }
      } else {
        alone.remove(partition);
      }
    }
    refusals.forEach(loop::execute);
    return batch;
  }

  private Optional<StateChange> decide(
      TopicPartition key, ClusterImage image, List<Runnable> refusals) {
    TopicImage topic = image.topic(key.topic());
    PartitionImage partition = topic == null ? null : topic.partition(key.partition());
    Optional<PartitionState> next = Optional.empty();
    if (partition != null && !topic.deleting()) {
      TopicPolicy policy =
          policies.computeIfAbsent(key.topic(), name -> TopicPolicy.of(image, name, settings));
      next =
          LeaderElection.decide(
              partition,
              image.brokers(),
              policy.minInsyncReplicas(),
              policy.uncleanLeaderElection(),
              epoch);
    }
    Requested request = requested.get(key);
    if (request != null && next.isEmpty()) {
      next = decideRequested(key, request, topic, partition, image, refusals);
    }
    return next.map(
        state -> {
          if (state.recovering()
              && !(partition.state() != null && partition.state().recovering())) {
            LOG.warn(
                "{}: broker {} leads although it may lack committed records; before: {}",
                key,
                state.leader(),
                partition.state());
          }
          return new StateChange(key, topic.id(), state, partition.version());
        });
  }

  /**
   * The election asked for, or a refusal; a request for a partition that just got another write is
   * looked at again after it.
   */
  private Optional<PartitionState> decideRequested(
      TopicPartition key,
      Requested request,
      TopicImage topic,
      PartitionImage partition,
      ClusterImage image,
      List<Runnable> refusals) {
    ApiException refusal;
    Optional<PartitionState> next = Optional.empty();
    if (partition == null) {
      refusal = new UnknownTopicOrPartitionException("There is no partition " + key + ".");
    } else if (topic.deleting()) {
      refusal = new InvalidTopicException("Topic " + key.topic() + " is being deleted.");
    } else if (request.attempts() >= MAX_ATTEMPTS) {
      refusal =
          new OperationNotAttemptedException(
              "The state of " + key + " changed too often during the election.");
    } else if (request.type() == ElectionType.PREFERRED) {
      next = LeaderElection.preferred(partition, image.brokers(), epoch);
      boolean leads =
          !partition.replicas().isEmpty() && partition.leader() == partition.replicas().get(0);
      refusal =
          leads
              ? new ElectionNotNeededException("Leader election not needed for topic partition.")
              : new PreferredLeaderNotAvailableException(
                  "Failed to elect leader for partition "
                      + key
                      + ": the preferred replica is not alive and in sync.");
    } else if (partition.hasLeader()) {
      refusal = new ElectionNotNeededException("Leader election not needed for topic partition.");
    } else {
      next = LeaderElection.decide(partition, image.brokers(), 1, true, epoch);
      refusal =
          new EligibleLeadersNotAvailableException(
              "Failed to elect leader for partition " + key + ": no replica is alive.");
    }
    if (next.isEmpty()) {
      boolean satisfied = request.attempts() > 0 && refusal instanceof ElectionNotNeededException;
      requested.remove(key);
      Optional<ApiException> answer = satisfied ? Optional.empty() : Optional.of(refusal);
      refusals.add(() -> request.future().complete(answer));
    } else {
      requested.put(key, new Requested(request.type(), request.future(), request.attempts() + 1));
    }
    return next;
  }

  private void send(List<StateChange> batch) {
    long ofTerm = term;
    batches++;
    for (StateChange change : batch) {
      onTheirWay.add(change.partition());
    }
    Futures.onDone(
        store.writeStates(batch), (result, error) -> onAnswer(batch, ofTerm, result, error));
  }

  private void onAnswer(
      List<StateChange> batch, long ofTerm, StatesResult result, Throwable error) {
    if (ofTerm != term) {
      return;
    }
    batches--;
    for (StateChange change : batch) {
      onTheirWay.remove(change.partition());
    }
    if (error == null) {
      for (StateChange change : batch) {
        TopicPartition partition = change.partition();
        if (result.conflicts().isEmpty()) {
          alone.remove(partition);
        }
        if (!result.conflicts().contains(partition)
            || alone.merge(partition, 1, Integer::sum) < PATIENCE) {
          dirty.add(partition); // the image may have moved on while the write was on its way
        } else {
          LOG.warn(
              "The state of {} was refused {} times; tried again in {}",
              partition,
              alone.get(partition),
              RETRY);
          later(List.of(change), ofTerm);
        }
      }
      drain();
    } else if (Failures.isFenced(error)) {
      fenced.accept("a newer controller has been elected");
    } else if (Failures.isUnknownOutcome(error)) {
      batch.forEach(change -> dirty.add(change.partition()));
      drain();
    } else {
      LOG.warn(
          "Writing the states of {} partitions failed, {} first; tried again in {}",
          batch.size(),
          batch.get(0).partition(),
          RETRY,
          error);
      later(batch, ofTerm);
    }
  }

  private void later(List<StateChange> changes, long ofTerm) {
    loop.schedule(
        RETRY,
        () -> {
          if (ofTerm == term) {
            changes.forEach(change -> dirty.add(change.partition()));
            drain();
          }
        });
  }
}
