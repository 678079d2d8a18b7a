package io.ottla.core.api;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.coordination.cluster.Endpoint;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.controller.TopicPlan;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * A cluster of brokers 0 to n-1 as broker 0 sees it: every change shows at once, and leaders are
 * elected at once unless {@link #holdElections}. One thread.
 */
public final class FakeCoordination implements Coordination, ClusterAdmin {
  private final List<Runnable> held = new ArrayList<>();
  public final Deque<CompletableFuture<ProducerIdBlock>> blocks = new ArrayDeque<>();
  public final Map<TopicPartition, Optional<ApiException>> elections = new HashMap<>();
  public final List<String> calls = new ArrayList<>();
  private ClusterImage image;
  private boolean controller = true;
  private boolean holdElections;
  private RuntimeException failure;
  private Consumer<ClusterImage.Builder> faster;

  public FakeCoordination(int brokers) {
    ClusterImage.Builder builder = ClusterImage.builder().clusterId("cluster").controller(0, 1);
    for (int id = 0; id < brokers; id++) {
      builder.broker(broker(id));
    }
    image = builder.build();
  }

  /** Broker with the listeners PLAINTEXT and INTERNAL, in rack r[id]. */
  public static BrokerRegistration broker(int id) {
    return new BrokerRegistration(
        id,
        100 + id,
        List.of(
            new Endpoint("PLAINTEXT", "PLAINTEXT", "host" + id, 9092 + id),
            new Endpoint("INTERNAL", "PLAINTEXT", "internal" + id, 19092 + id)),
        Optional.of("r" + id),
        "incarnation" + id,
        false,
        true);
  }

  public void change(Consumer<ClusterImage.Builder> change) {
    ClusterImage.Builder builder = image.toBuilder();
    change.accept(builder);
    image = builder.build();
  }

  public void notController() {
    controller = false;
    change(builder -> builder.controller(2, 2));
  }

  public void holdElections() {
    holdElections = true;
  }

  public void releaseElections() {
    holdElections = false;
    List.copyOf(held).forEach(Runnable::run);
    held.clear();
  }

  /** From now on every operation fails like this. */
  public void failWith(RuntimeException toThrow) {
    failure = toThrow;
  }

  /** A topic with leaders, each partition on the given replicas. */
  public TopicImage addTopic(String name, List<Integer> replicas, int partitions) {
    List<List<Integer>> assignments = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      assignments.add(replicas);
    }
    TopicImage topic =
        TopicPlan.create(
            new NewTopicSpec(name, partitions, (short) replicas.size(), assignments, Map.of()),
            image,
            new Random(1));
    change(builder -> builder.topic(elected(topic)));
    return image.topic(name);
  }

  public static TopicImage elected(TopicImage topic) {
    return topic.withPartitions(
        topic.partitions().stream()
            .map(p -> p.state() == null ? p.withState(state(p.replicas()), 0) : p)
            .toList());
  }

  public static PartitionState state(List<Integer> isr) {
    return new PartitionState(
        1,
        isr.get(0),
        5,
        isr.stream().map(id -> new IsrMember(id, 100 + id)).toList(),
        List.of(),
        false);
  }

  @Override
  public CompletableFuture<TopicImage> createTopic(
      NewTopicSpec spec, boolean validateOnly, Duration timeout) {
    calls.add("createTopic " + spec + " " + timeout);
    return onController(
        () -> {
          TopicImage topic = TopicPlan.create(spec, image, new Random(1));
          if (validateOnly) {
            return CompletableFuture.completedFuture(topic);
          }
          return publish(topic, spec.config());
        });
  }

  @Override
  public CompletableFuture<TopicImage> createMissingTopic(NewTopicSpec spec, Duration timeout) {
    calls.add("createMissingTopic " + spec + " " + timeout);
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    return image.topic(spec.name()) != null
        ? CompletableFuture.completedFuture(image.topic(spec.name()))
        : publish(TopicPlan.create(spec, image, new Random(1)), spec.config());
  }

  private CompletableFuture<TopicImage> publish(TopicImage topic, Map<String, String> config) {
    change(builder -> builder.topic(topic).topicConfig(topic.name(), config));
    CompletableFuture<TopicImage> done = new CompletableFuture<>();
    Runnable election =
        () -> {
          change(builder -> builder.topic(elected(image.topic(topic.name()))));
          done.complete(image.topic(topic.name()));
        };
    if (holdElections) {
      held.add(election);
    } else {
      election.run();
    }
    return done;
  }

  @Override
  public CompletableFuture<Void> deleteTopic(Uuid topicId, Duration timeout) {
    calls.add("deleteTopic " + topicId);
    return onController(
        () -> {
          change(builder -> builder.removeTopic(image.topic(topicId).name()));
          return CompletableFuture.completedFuture(null);
        });
  }

  @Override
  public CompletableFuture<Void> createPartitions(
      String topic,
      int newCount,
      List<List<Integer>> assignments,
      boolean validateOnly,
      Duration timeout) {
    calls.add("createPartitions " + topic + " " + newCount + " " + assignments);
    return onController(
        () -> {
          if (image.topic(topic) == null) {
            throw new org.apache.kafka.common.errors.UnknownTopicOrPartitionException("none");
          }
          TopicImage grown =
              TopicPlan.expand(image.topic(topic), newCount, assignments, image, new Random(1));
          if (!validateOnly) {
            change(builder -> builder.topic(elected(grown)));
          }
          return CompletableFuture.completedFuture(null);
        });
  }

  @Override
  public CompletableFuture<Map<TopicPartition, Optional<ApiException>>> electLeaders(
      ElectionType type, Set<TopicPartition> partitions, Duration timeout) {
    calls.add("electLeaders " + type + " " + partitions);
    return onController(
        () -> {
          Map<TopicPartition, Optional<ApiException>> outcomes = new LinkedHashMap<>();
          Set<TopicPartition> asked = partitions == null ? elections.keySet() : partitions;
          asked.forEach(p -> outcomes.put(p, elections.getOrDefault(p, Optional.empty())));
          return CompletableFuture.completedFuture(outcomes);
        });
  }

  /** Another broker is faster than the next change of configuration made here. */
  public void overtakeNextConfigChange(Consumer<ClusterImage.Builder> others) {
    faster = others;
  }

  @Override
  public CompletableFuture<Void> changeTopicConfig(
      String topic, UnaryOperator<Map<String, String>> change, Duration timeout) {
    return changeConfig(
        "changeTopicConfig " + topic,
        () -> image.topicConfig(topic),
        change,
        (builder, next) -> builder.topicConfig(topic, next));
  }

  @Override
  public CompletableFuture<Void> changeBrokerConfig(
      OptionalInt brokerId, UnaryOperator<Map<String, String>> change, Duration timeout) {
    return changeConfig(
        "changeBrokerConfig " + brokerId,
        () ->
            brokerId.isPresent()
                ? image.brokerConfig(brokerId.getAsInt())
                : image.defaultBrokerConfig(),
        change,
        (builder, next) -> {
          if (brokerId.isPresent()) {
            builder.brokerConfig(brokerId.getAsInt(), next);
          } else {
            builder.defaultBrokerConfig(next);
          }
        });
  }

  private CompletableFuture<Void> changeConfig(
      String call,
      Supplier<Map<String, String>> stored,
      UnaryOperator<Map<String, String>> change,
      BiConsumer<ClusterImage.Builder, Map<String, String>> put) {
    try {
      Map<String, String> tried = change.apply(stored.get());
      if (faster != null) {
        change(faster);
        faster = null;
        tried = change.apply(stored.get());
      }
      Map<String, String> next = Map.copyOf(tried);
      calls.add(call + " " + new java.util.TreeMap<>(next));
      change(builder -> put.accept(builder, next));
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private <T> CompletableFuture<T> onController(Supplier<CompletableFuture<T>> operation) {
    try {
      if (failure != null) {
        throw failure;
      }
      if (!controller) {
        throw new NotControllerException("not me");
      }
      return operation.get();
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  @Override
  public CompletableFuture<ProducerIdBlock> allocateProducerIds() {
    calls.add("allocateProducerIds");
    CompletableFuture<ProducerIdBlock> next = blocks.poll();
    return next == null
        ? CompletableFuture.failedFuture(new TimeoutException("ZooKeeper is away"))
        : next;
  }

  @Override
  public ClusterImage image() {
    return image;
  }

  @Override
  public boolean isController() {
    return controller;
  }

  @Override
  public ClusterAdmin admin() {
    return this;
  }

  @Override
  public long brokerEpoch() {
    return 100;
  }

  @Override
  public boolean sessionAlive() {
    return true;
  }

  @Override
  public void start() {}

  @Override
  public void addListener(ImageListener listener) {
    throw new UnsupportedOperationException("handlers read images, they do not listen");
  }

  @Override
  public CompletableFuture<Long> register(BrokerRegistration registration) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> setDraining() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<StateWrite> writePartitionState(
      TopicPartition partition, Uuid topicId, PartitionState next, int expectedVersion) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  /** A partition whose state is replaced. */
  public void setState(String topic, int partition, PartitionState state) {
    PartitionImage old = image.partition(topic, partition);
    PartitionImage next =
        state == null
            ? new PartitionImage(
                partition,
                old.replicas(),
                old.adding(),
                old.removing(),
                null,
                PartitionImage.NO_VERSION)
            : old.withState(state, old.version() + 1);
    change(builder -> builder.partition(topic, next));
  }
}
