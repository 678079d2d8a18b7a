package io.ottla.coordination.cluster;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A broker's view of the cluster, and its voice in it. Safe from any thread; futures complete on
 * the cluster-events thread, and must not be blocked upon there.
 */
public interface Coordination extends AutoCloseable {
  /**
   * Connects, creates what is missing of the tree, and loads the first image.
   *
   * @throws IllegalStateException naming address and reason when that did not succeed within the
   *     connection timeout
   */
  void start();

  /**
   * The newest image; the empty one before {@link #start()}. Stays as it was while ZooKeeper is
   * away.
   */
  ClusterImage image();

  /** The first call-back goes from the empty image to the current one. */
  void addListener(ImageListener listener);

  /**
   * Registers this broker and keeps it registered for ever, through expiry, reconnection and stale
   * nodes of its own.
   *
   * @return completes with the broker epoch when first registered; fails with
   *     DuplicateBrokerRegistrationException when another broker of the same id stays registered
   */
  CompletableFuture<Long> register(BrokerRegistration registration);

  /** Epoch of the current registration; -1 while not registered. */
  long brokerEpoch();

  /** Marks the own registration as draining; completes when that is stored. */
  CompletableFuture<Void> setDraining();

  /** False from the moment at which the session may have expired by the own monotonic clock. */
  boolean sessionAlive();

  /**
   * The leader's own change of its ISR: a compare-and-set on the version of the state, and nothing
   * else.
   *
   * @return fails only when this coordination is closed; a lost connection is waited for
   */
  CompletableFuture<StateWrite> writePartitionState(
      TopicPartition partition, Uuid topicId, PartitionState next, int expectedVersion);

  CompletableFuture<ProducerIdBlock> allocateProducerIds();

  ClusterAdmin admin();

  /**
   * Deletes the own ephemeral nodes and closes the session; the controller's office falls vacant at
   * once.
   */
  @Override
  void close();
}
