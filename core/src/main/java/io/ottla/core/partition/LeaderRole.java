package io.ottla.core.partition;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * One leadership of this broker over a partition: its epoch, its followers, its ISR.
 *
 * <p>Changes are made under the partition's lock; {@link #isr()} and the followers may be read
 * anywhere. Always true: one change of the ISR is in flight at most, and until its outcome is known
 * everyone in the committed or in the proposed ISR counts.
 */
final class LeaderRole implements Role {
  private final int self;
  private final int leaderEpoch;
  private final long epochStartOffset;
  private volatile FollowerProgress[] followers = {};
  private volatile IsrState isr;

  LeaderRole(
      int self,
      int leaderEpoch,
      long epochStartOffset,
      PartitionState state,
      int version,
      List<Integer> replicas,
      long nowNanos) {
    this.self = self;
    this.leaderEpoch = leaderEpoch;
    this.epochStartOffset = epochStartOffset;
    this.isr = IsrState.of(state, version);
    assign(replicas, nowNanos);
  }

  @Override
  public int leaderId() {
    return self;
  }

  @Override
  public int leaderEpoch() {
    return leaderEpoch;
  }

  /** The log end when this leadership began; only from here on records are this epoch's. */
  long epochStartOffset() {
    return epochStartOffset;
  }

  IsrState isr() {
    return isr;
  }

  FollowerProgress[] followers() {
    return followers;
  }

  /** Null when the broker is not assigned this partition, or is the leader itself. */
  FollowerProgress follower(int brokerId) {
    for (FollowerProgress follower : followers) {
      if (follower.brokerId() == brokerId) {
        return follower;
      }
    }
    return null;
  }

  /** Takes over a changed assignment; who stays keeps its progress. */
  void assign(List<Integer> replicas, long nowNanos) {
    List<FollowerProgress> next = new ArrayList<>(replicas.size());
    for (int replica : replicas) {
      if (replica != self) {
        FollowerProgress known = follower(replica);
        next.add(
            known != null
                ? known
                : new FollowerProgress(replica, isr.committed().inIsr(replica), nowNanos));
      }
    }
    followers = next.toArray(FollowerProgress[]::new);
    refreshMembership();
  }

  /** Takes over a stored state of this leadership; whatever was proposed is thereby decided. */
  void adopt(PartitionState state, int version) {
    if (version <= isr.version()) {
      throw new InvariantViolation(
          "partition epoch would go from " + isr.version() + " back to " + version);
    }
    isr = IsrState.of(state, version);
    refreshMembership();
  }

  /**
   * Decides a change of the ISR and marks it as in flight.
   *
   * @param selfEpoch this broker's epoch, -1 while it is not registered
   * @param joinEpochs broker epoch under which a broker may join, -1 for none
   * @param shrink whether members that lag leave
   * @return what to write, or null when nothing is to be changed or a change is in flight
   */
  IsrState propose(
      long selfEpoch,
      IntToLongFunction joinEpochs,
      long highWatermark,
      long leaderEnd,
      int minIsr,
      boolean shrink,
      long nowNanos,
      long lagNanos) {
    IsrState now = isr;
    if (now.changing()) {
      return null;
    }
    List<IsrPolicy.Member> members = new ArrayList<>(followers.length);
    for (FollowerProgress f : followers) {
      members.add(
          new IsrPolicy.Member(
              f.brokerId(),
              f.brokerEpoch(),
              joinEpochs.applyAsLong(f.brokerId()),
              f.endOffset(),
              f.caughtUp(leaderEnd, nowNanos, lagNanos)));
    }
    List<IsrMember> next =
        IsrPolicy.next(
            now.isr(),
            new IsrMember(self, selfEpoch),
            members,
            highWatermark,
            epochStartOffset,
            shrink);
    if (next == now.isr() && !now.committed().recovering()) {
      return null;
    }
    isr = now.propose(now.committed().withIsr(next, minIsr).withRecovering(false));
    refreshMembership();
    return isr;
  }

  /**
   * How far the high watermark may go: to the smallest end among the leader, the maximal ISR, and
   * those about to join it (caught up and allowed to); nowhere while the ISR is too small.
   *
   * <p>Waiting for those about to join costs little and lets them join: under load they would
   * otherwise always be a round trip behind a high watermark that follows the leader alone.
   */
  long highWatermarkBound(
      long current,
      long leaderEnd,
      int minIsr,
      IntToLongFunction joinEpochs,
      long nowNanos,
      long lagNanos) {
    IsrState now = isr;
    if (now.isr().size() < minIsr) {
      return current;
    }
    long bound = leaderEnd;
    for (FollowerProgress f : followers) {
      long end = f.endOffset();
      if (end < bound
          && (f.inMaximalIsr()
              || (end >= 0
                  && f.caughtUp(leaderEnd, nowNanos, lagNanos)
                  && f.brokerEpoch() == joinEpochs.applyAsLong(f.brokerId())))) {
        bound = end;
      }
    }
    return Math.max(current, bound);
  }

  /** Whether a member of the committed ISR has fallen behind by more than the lag time. */
  boolean someoneLags(long leaderEnd, long nowNanos, long lagNanos) {
    for (FollowerProgress f : followers) {
      if (isr.committed().inIsr(f.brokerId()) && !f.caughtUp(leaderEnd, nowNanos, lagNanos)) {
        return true;
      }
    }
    return false;
  }

  private void refreshMembership() {
    IsrState now = isr;
    for (FollowerProgress f : followers) {
      IsrMember member = now.committed().isrMember(f.brokerId());
      f.membership(
          now.inMaximalIsr(f.brokerId()),
          member != null && member.brokerEpoch() == f.brokerEpoch() && !now.changing());
    }
  }

  @Override
  public String toString() {
    return "Leader(epoch=" + leaderEpoch + ", start=" + epochStartOffset + ", isr=" + isr + ")";
  }
}
