package io.ottla.coordination.cluster;

/** How a compare-and-set of a partition's state ended. */
public sealed interface StateWrite {
  /**
   * The state is stored.
   *
   * @param version its version, the new partition epoch
   */
  record Written(int version) implements StateWrite {}

  /**
   * Somebody else wrote first: reconcile with what is there, or step down.
   *
   * @param current the state that is there
   * @param version its version
   */
  record Conflict(PartitionState current, int version) implements StateWrite {}

  /** The topic, as known by its id, does not exist any more. */
  record Gone() implements StateWrite {}
}
