package io.ottla.core.partition;

import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** Compare-and-set of a partition's shared state; {@code Coordination::writePartitionState}. */
@FunctionalInterface
public interface PartitionStateStore {
  /** Writes {@code next} if the version still is {@code expectedVersion}. */
  CompletableFuture<StateWrite> write(
      TopicPartition partition, Uuid topicId, PartitionState next, int expectedVersion);
}
