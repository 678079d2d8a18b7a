package io.ottla.coordination.cluster;

import java.util.List;

/**
 * A partition as last seen.
 *
 * @param partition number within the topic
 * @param replicas assigned brokers, the preferred leader first; during a reassignment the old and
 *     the new ones
 * @param adding replicas a reassignment adds
 * @param removing replicas a reassignment removes
 * @param state null until a first leader was elected
 * @param version version of the state znode, which is the partition epoch; -1 until there is one
 */
public record PartitionImage(
    int partition,
    List<Integer> replicas,
    List<Integer> adding,
    List<Integer> removing,
    PartitionState state,
    int version) {
  public static final int NO_VERSION = -1;

  public PartitionImage {
    replicas = List.copyOf(replicas);
    adding = List.copyOf(adding);
    removing = List.copyOf(removing);
    if ((state == null) != (version == NO_VERSION)) {
      throw new IllegalArgumentException(
          "partition " + partition + ": state " + state + " with version " + version);
    }
  }

  public PartitionImage withState(PartitionState newState, int newVersion) {
    return new PartitionImage(partition, replicas, adding, removing, newState, newVersion);
  }

  public boolean hasLeader() {
    return state != null && state.hasLeader();
  }

  /** Leader id; -1 when there is none. */
  public int leader() {
    return state == null ? PartitionState.NO_LEADER : state.leader();
  }
}
