package io.ottla.core.partition;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import java.util.List;

/**
 * The leader's view of the in-sync replicas: what is stored, and what it has asked for. Immutable.
 *
 * @param committed the stored state
 * @param version its version, the partition epoch
 * @param proposed the state a write in flight may already have stored; null when there is none
 */
record IsrState(PartitionState committed, int version, PartitionState proposed) {

  boolean changing() {
    return proposed != null;
  }

  List<IsrMember> isr() {
    return committed.isr();
  }

  /** Whether the committed ISR or the proposed one lists the broker. */
  boolean inMaximalIsr(int brokerId) {
    return committed.inIsr(brokerId) || (proposed != null && proposed.inIsr(brokerId));
  }

  IsrState propose(PartitionState next) {
    return new IsrState(committed, version, next);
  }

  static IsrState of(PartitionState state, int version) {
    return new IsrState(state, version, null);
  }
}
