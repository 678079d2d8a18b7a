package io.ottla.core.partition;

import io.ottla.coordination.cluster.IsrMember;
import java.util.ArrayList;
import java.util.List;

/** Who belongs to the ISR: pure functions over values. */
final class IsrPolicy {
  private IsrPolicy() {}

  /**
   * A follower as the policy sees it.
   *
   * @param brokerId who
   * @param fetchEpoch broker epoch of its last accepted fetch in this leadership, -1 for none
   * @param liveEpoch broker epoch of its registration, -1 when it is not registered or draining
   * @param endOffset its log end offset, -1 when it has not fetched in this leadership
   * @param caughtUp at the leader's end now or within the lag time
   */
  record Member(int brokerId, long fetchEpoch, long liveEpoch, long endOffset, boolean caughtUp) {

    /** Fetched in this leadership under the registration it has now, and may join. */
    boolean current() {
      return endOffset >= 0 && fetchEpoch >= 0 && fetchEpoch == liveEpoch;
    }
  }

  /** Whether a follower may be in the ISR under its present registration. */
  static boolean mayJoin(Member member, long highWatermark, long epochStartOffset) {
    return member.current()
        && member.endOffset >= highWatermark
        && member.endOffset >= epochStartOffset;
  }

  /**
   * The ISR there should be.
   *
   * @param committed the ISR there is
   * @param self this broker, with its present epoch (-1 when unregistered: its entry stays)
   * @param shrink whether members that are not caught up leave; they stay otherwise
   * @return the same object when nothing is to be changed
   */
  static List<IsrMember> next(
      List<IsrMember> committed,
      IsrMember self,
      List<Member> followers,
      long highWatermark,
      long epochStartOffset,
      boolean shrink) {
    List<IsrMember> next = new ArrayList<>(committed.size() + 1);
    boolean selfListed = false;
    for (IsrMember member : committed) {
      if (member.brokerId() == self.brokerId()) {
        selfListed = true;
        next.add(self.brokerEpoch() >= 0 ? self : member);
        continue;
      }
      Member follower = find(followers, member.brokerId());
      if (follower == null) {
        continue; // no longer assigned
      }
      if (follower.fetchEpoch != member.brokerEpoch()
          && mayJoin(follower, highWatermark, epochStartOffset)) {
        next.add(new IsrMember(member.brokerId(), follower.fetchEpoch));
      } else if (!shrink || follower.caughtUp) {
        next.add(member);
      }
    }
    if (!selfListed) {
      next.add(0, self);
    }
    for (Member follower : followers) {
      if (!listed(committed, follower.brokerId())
          && mayJoin(follower, highWatermark, epochStartOffset)) {
        next.add(new IsrMember(follower.brokerId(), follower.fetchEpoch));
      }
    }
    return next.equals(committed) ? committed : next;
  }

  private static Member find(List<Member> members, int brokerId) {
    for (Member member : members) {
      if (member.brokerId == brokerId) {
        return member;
      }
    }
    return null;
  }

  private static boolean listed(List<IsrMember> members, int brokerId) {
    for (IsrMember member : members) {
      if (member.brokerId() == brokerId) {
        return true;
      }
    }
    return false;
  }
}
