package io.ottla.coordination.cluster;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * A topic as last seen.
 *
 * @param name name
 * @param id identity; {@link Uuid#ZERO_UUID} for a moment when a foreign tool created the topic
 *     without one
 * @param partitions all partitions; the index is the number
 * @param deleting deletion is under way
 */
public record TopicImage(String name, Uuid id, List<PartitionImage> partitions, boolean deleting) {
  public TopicImage {
    requireNonNull(name, "name");
    requireNonNull(id, "id");
    partitions = List.copyOf(partitions);
  }

  public TopicImage withPartitions(List<PartitionImage> newPartitions) {
    return new TopicImage(name, id, newPartitions, deleting);
  }

  public TopicImage withDeleting(boolean newDeleting) {
    return new TopicImage(name, id, partitions, newDeleting);
  }

  /** Null when the topic has no such partition. */
  public PartitionImage partition(int partition) {
    return partition >= 0 && partition < partitions.size() ? partitions.get(partition) : null;
  }
}
