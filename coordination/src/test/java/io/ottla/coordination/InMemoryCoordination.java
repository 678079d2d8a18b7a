package io.ottla.coordination;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.ImagePublisher;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.controller.Controller;
import io.ottla.coordination.controller.ControllerAdmin;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.BrokerNotAvailableException;

/**
 * One broker's view of an {@link InMemoryCluster}; made by {@link InMemoryCluster#coordination}.
 * Confined to the thread of the test.
 */
public final class InMemoryCoordination implements Coordination {
  private final InMemoryCluster cluster;
  private final int brokerId;
  private final ImagePublisher images = new ImagePublisher();
  private final Deque<InMemoryCluster.Change> undelivered = new ArrayDeque<>();
  private final List<Runnable> held = new ArrayList<>();
  private final Controller controller;
  private final ControllerAdmin admin;
  private BrokerRegistration registration;
  private long brokerEpoch = -1;
  private boolean started;
  private boolean dead;
  private boolean connected = true;
  private long disconnectedAt;

  InMemoryCoordination(
      InMemoryCluster cluster, int brokerId, ControllerSettings settings, RandomGenerator random) {
    this.cluster = cluster;
    this.brokerId = brokerId;
    EventLoop loop = new Loop();
    InMemoryStore store = new InMemoryStore(cluster, this);
    this.controller = new Controller(brokerId, store, loop, settings);
    this.admin = new ControllerAdmin(brokerId, controller, store, loop, settings, random);
  }

  @Override
  public void start() {
    started = true;
    cluster.run(
        () -> {
          catchUp();
          images.addLast(admin);
          images.addLast(controller);
        });
  }

  @Override
  public ClusterImage image() {
    return images.image();
  }

  @Override
  public void addListener(ImageListener listener) {
    cluster.run(() -> images.add(listener));
  }

  @Override
  public CompletableFuture<Long> register(BrokerRegistration wanted) {
    return whenConnected(
        () -> {
          registration = wanted;
          enrol();
          return brokerEpoch;
        });
  }

  private void enrol() {
    BrokerRegistration registered = cluster.register(this, registration);
    brokerEpoch = registered.epoch();
    images.update(b -> b.broker(registered));
    controller.setEligible(true);
  }

  @Override
  public long brokerEpoch() {
    return brokerEpoch;
  }

  @Override
  public CompletableFuture<Void> setDraining() {
    return whenConnected(
        () -> {
          registration = registration.withDraining(true);
          cluster.updateRegistration(registration.withEpoch(brokerEpoch));
          return null;
        });
  }

  @Override
  public boolean sessionAlive() {
    return !dead
        && (connected || cluster.nanoTime() - disconnectedAt < cluster.sessionTimeout().toNanos());
  }

  @Override
  public CompletableFuture<StateWrite> writePartitionState(
      TopicPartition partition, Uuid topicId, PartitionState next, int expectedVersion) {
    return whenConnected(
        () -> {
          TopicImage topic = cluster.truth().topic(topicId);
          PartitionImage current = topic == null ? null : topic.partition(partition.partition());
          if (current == null || current.state() == null) {
            return new StateWrite.Gone();
          }
          if (current.version() != expectedVersion) {
            applyOwn(
                InMemoryCluster.stateChange(
                    topic, partition.partition(), current.state(), current.version()));
            return new StateWrite.Conflict(current.state(), current.version());
          }
          InMemoryCluster.Change change =
              InMemoryCluster.stateChange(topic, partition.partition(), next, expectedVersion + 1);
          cluster.change(change);
          applyOwn(change);
          return new StateWrite.Written(expectedVersion + 1);
        });
  }

  @Override
  public CompletableFuture<ProducerIdBlock> allocateProducerIds() {
    return whenConnected(
        () -> new ProducerIdBlock(cluster.allocate(ProducerIdBlock.SIZE), ProducerIdBlock.SIZE));
  }

  @Override
  public ClusterAdmin admin() {
    return admin;
  }

  /** True while this broker is the controller, as far as it knows. */
  public boolean isController() {
    return controller.isActive();
  }

  @Override
  public void close() {
    if (!dead) {
      kill();
      cluster.run(() -> cluster.dropEphemerals(this));
    }
  }

  int brokerId() {
    return brokerId;
  }

  int pending() {
    return undelivered.size();
  }

  void enqueue(InMemoryCluster.Change change) {
    if (started) {
      undelivered.add(change);
    }
  }

  boolean deliverOne() {
    if (dead || !connected || undelivered.isEmpty()) {
      return false;
    }
    images.update(undelivered.poll());
    return true;
  }

  void catchUp() {
    if (!dead && connected) {
      undelivered.clear();
      ClusterImage truth = cluster.truth();
      images.update(
          b -> {
            b.clusterId(truth.clusterId())
                .controller(truth.controllerId(), truth.controllerEpoch());
            for (int id : List.copyOf(b.currentBrokers().keySet())) {
              if (!truth.brokers().containsKey(id)) {
                b.removeBroker(id);
              }
            }
            truth.brokers().values().forEach(b::broker);
            for (String name : List.copyOf(b.currentTopicNames())) {
              if (truth.topic(name) == null) {
                b.removeTopic(name).topicConfig(name, java.util.Map.of());
              }
            }
            for (TopicImage topic : truth.topics()) {
              b.topic(topic).topicConfig(topic.name(), truth.topicConfig(topic.name()));
            }
            b.defaultBrokerConfig(truth.defaultBrokerConfig());
            truth.brokers().keySet().forEach(id -> b.brokerConfig(id, truth.brokerConfig(id)));
          });
    }
  }

  /** A write of one's own is in one's own image at once. */
  void applyOwn(InMemoryCluster.Change change) {
    images.update(change);
  }

  /**
   * Delivers everything pending: an own write of a whole topic is seen after all that happened
   * before it.
   */
  void drain() {
    while (deliverOne()) {
      // until nothing is left
    }
  }

  void disconnect(long now) {
    connected = false;
    disconnectedAt = now;
  }

  void reconnect() {
    connected = true;
    List<Runnable> writes = List.copyOf(held);
    held.clear();
    if (registration != null && !cluster.ownsSession(this)) {
      expired();
    }
    writes.forEach(Runnable::run);
  }

  /** The session is about to end: nothing may be claimed with it any more. */
  void onExpiring() {
    if (!dead && connected) {
      brokerEpoch = -1;
      controller.setEligible(false);
      controller.resign("the session expired");
    }
  }

  void onExpired() {
    if (!dead && connected) {
      expired();
    }
  }

  private void expired() {
    brokerEpoch = -1;
    controller.setEligible(false);
    controller.resign("the session expired");
    catchUp();
    enrol();
  }

  void onFenced() {
    controller.resign("a newer controller has been elected");
  }

  void kill() {
    dead = true;
    brokerEpoch = -1;
    held.clear();
  }

  /** Runs the operation now, or when connected again. */
  <T> CompletableFuture<T> whenConnected(Supplier<T> operation) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable task =
        () -> {
          if (dead) {
            result.completeExceptionally(
                new BrokerNotAvailableException("broker " + brokerId + " is closed"));
            return;
          }
          T value;
          try {
            value = operation.get();
          } catch (RuntimeException e) {
            result.completeExceptionally(e);
            return;
          }
          result.complete(value);
        };
    cluster.run(
        () -> {
          if (connected || dead) {
            task.run();
          } else {
            held.add(task);
          }
        });
    return result;
  }

  private final class Loop implements EventLoop {
    @Override
    public void execute(Runnable task) {
      cluster.run(
          () -> {
            if (!dead) {
              task.run();
            }
          });
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
      cluster.schedule(delay, () -> execute(task));
    }

    @Override
    public long nanoTime() {
      return cluster.nanoTime();
    }
  }
}
