package io.ottla.coordination.cluster;

import java.util.ArrayList;
import java.util.List;

/**
 * The value of a partition's state znode. The version of that znode is the partition epoch and
 * travels beside this record.
 *
 * <p>Always true: no broker is listed twice, and none is both in the ISR and eligible.
 *
 * @param controllerEpoch epoch of the controller that last moved the leader
 * @param leader id of the leader; -1 when there is none
 * @param leaderEpoch rises by one whenever the leader changes
 * @param isr replicas that hold every record below the high watermark and are waited for
 * @param eligible replicas that left an ISR which is now smaller than min.insync.replicas: they
 *     hold everything committed and may lead, but are not waited for
 * @param recovering the leader was elected although it may lack committed records, and has not yet
 *     declared itself recovered
 */
public record PartitionState(
    int controllerEpoch,
    int leader,
    int leaderEpoch,
    List<IsrMember> isr,
    List<IsrMember> eligible,
    boolean recovering) {
  public static final int NO_LEADER = -1;

  public PartitionState {
    isr = List.copyOf(isr);
    eligible = List.copyOf(eligible);
    for (int i = 0; i < isr.size(); i++) {
      int id = isr.get(i).brokerId();
      for (int j = i + 1; j < isr.size(); j++) {
        if (isr.get(j).brokerId() == id) {
          throw new IllegalArgumentException("broker " + id + " is twice in the ISR " + isr);
        }
      }
      for (IsrMember member : eligible) {
        if (member.brokerId() == id) {
          throw new IllegalArgumentException(
              "broker " + id + " is in the ISR and eligible: " + isr + ", " + eligible);
        }
      }
    }
  }

  public boolean hasLeader() {
    return leader >= 0;
  }

  public boolean inIsr(int brokerId) {
    return find(isr, brokerId) != null;
  }

  /** The member of the ISR with this id; null when the broker is not in it. */
  public IsrMember isrMember(int brokerId) {
    return find(isr, brokerId);
  }

  public List<Integer> isrIds() {
    return isr.stream().map(IsrMember::brokerId).toList();
  }

  /**
   * This state with another ISR; whoever leaves an ISR that falls below the minimum stays eligible.
   * It is the one rule for leaders and controller alike.
   *
   * @param newIsr the ISR to have
   * @param effectiveMinIsr the smaller of min.insync.replicas and the replication factor
   */
  public PartitionState withIsr(List<IsrMember> newIsr, int effectiveMinIsr) {
    List<IsrMember> newEligible = new ArrayList<>();
    if (newIsr.size() < effectiveMinIsr) {
      addAbsent(newEligible, isr, newIsr);
      addAbsent(newEligible, eligible, newIsr);
    }
    return new PartitionState(
        controllerEpoch, leader, leaderEpoch, newIsr, newEligible, recovering);
  }

  public PartitionState withRecovering(boolean newRecovering) {
    return new PartitionState(controllerEpoch, leader, leaderEpoch, isr, eligible, newRecovering);
  }

  private static void addAbsent(
      List<IsrMember> target, List<IsrMember> source, List<IsrMember> newIsr) {
    for (IsrMember member : source) {
      if (find(newIsr, member.brokerId()) == null && find(target, member.brokerId()) == null) {
        target.add(member);
      }
    }
  }

  private static IsrMember find(List<IsrMember> members, int brokerId) {
    for (IsrMember member : members) {
      if (member.brokerId() == brokerId) {
        return member;
      }
    }
    return null;
  }
}
