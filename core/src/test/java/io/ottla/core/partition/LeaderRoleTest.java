package io.ottla.core.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** High watermark and changes of the ISR, without log or locks. Broker n has epoch 10 + n. */
class LeaderRoleTest {
  private static final long LAG = 1000;
  private static final long END = 50;

  private long now;

  private static PartitionState state(int... isr) {
    List<IsrMember> members = IntStream.of(isr).mapToObj(id -> new IsrMember(id, 10 + id)).toList();
    return new PartitionState(1, 0, 3, members, List.of(), false);
  }

  private LeaderRole leader(int... isr) {
    return new LeaderRole(0, 3, 20, state(isr), 7, List.of(0, 1, 2), now);
  }

  private void fetch(LeaderRole leader, int broker, long offset) {
    leader.follower(broker).fetched(10 + broker, offset, 0, END, now);
  }

  private long bound(LeaderRole leader, long current, int minIsr) {
    return leader.highWatermarkBound(current, END, minIsr, id -> 10 + id, now, LAG);
  }

  private IsrState propose(LeaderRole leader, long highWatermark, boolean shrink) {
    return leader.propose(10, id -> 10 + id, highWatermark, END, 2, shrink, now, LAG);
  }

  @Test
  void aloneInTheIsrTheEndIsCommitted() {
    assertThat(bound(leader(0), 10, 1)).isEqualTo(END);
  }

  @Test
  void nothingIsCommittedWhileTheIsrIsTooSmall() {
    assertThat(bound(leader(0), 10, 2)).isEqualTo(10);
  }

  @Test
  void aMemberThatHasNotFetchedHoldsTheHighWatermark() {
    LeaderRole leader = leader(0, 1);
    assertThat(bound(leader, 10, 2)).isEqualTo(10);
    fetch(leader, 1, 30);
    assertThat(bound(leader, 10, 2)).isEqualTo(30);
  }

  @Test
  void theSmallestEndCountsAndTheHighWatermarkNeverMovesBack() {
    LeaderRole leader = leader(0, 1, 2);
    fetch(leader, 1, 30);
    fetch(leader, 2, 25);
    assertThat(bound(leader, 10, 2)).isEqualTo(25);
    assertThat(bound(leader, 28, 2)).isEqualTo(28);
  }

  @Test
  void whoIsProposedCountsBeforeTheWriteIsKnown() {
    LeaderRole leader = leader(0, 1);
    fetch(leader, 1, 30);
    fetch(leader, 2, 30);
    IsrState change = propose(leader, 30, false);
    assertThat(change.proposed().isrIds()).containsExactly(0, 1, 2);
    fetch(leader, 1, 40);
    assertThat(bound(leader, 30, 2)).isEqualTo(30);
    assertThat(propose(leader, 30, false)).as("one change in flight").isNull();
  }

  @Test
  void whoIsProposedToLeaveStillCounts() {
    LeaderRole leader = leader(0, 1, 2);
    fetch(leader, 1, END);
    fetch(leader, 2, 30);
    now += LAG + 1;
    IsrState change = propose(leader, 30, true);
    assertThat(change.proposed().isrIds()).containsExactly(0, 1);
    assertThat(bound(leader, 30, 2)).isEqualTo(30);
    leader.adopt(change.proposed(), 8);
    assertThat(bound(leader, 30, 2)).isEqualTo(END);
  }

  @Test
  void whoLeavesAnIsrThatBecomesTooSmallStaysEligible() {
    LeaderRole leader = leader(0, 1);
    now += LAG + 1;
    IsrState change = propose(leader, 30, true);
    assertThat(change.proposed().isrIds()).containsExactly(0);
    assertThat(change.proposed().eligible()).containsExactly(new IsrMember(1, 11));
  }

  @Test
  void theHighWatermarkWaitsForOneThatIsAboutToJoin() {
    LeaderRole leader = leader(0);
    leader.follower(1).fetched(11, 45, 0, 45, now);
    assertThat(bound(leader, 40, 1)).isEqualTo(45);
    now += LAG + 1;
    assertThat(bound(leader, 45, 1)).as("it has stopped").isEqualTo(END);
  }

  @Test
  void aFreshLeaderGivesMembersTheWholeLagTimeToAppear() {
    LeaderRole leader = leader(0, 1, 2);
    now += LAG;
    assertThat(propose(leader, 0, true)).isNull();
    assertThat(leader.someoneLags(END, now, LAG)).isFalse();
    now += 1;
    assertThat(leader.someoneLags(END, now, LAG)).isTrue();
  }

  @Test
  void beingWhereTheLeaderWasAtTheLastFetchIsCaughtUpAtThatTime() {
    LeaderRole leader = leader(0, 1);
    FollowerProgress follower = leader.follower(1);
    follower.fetched(11, 10, 0, 20, now);
    now += LAG;
    follower.fetched(11, 20, 0, 40, now);
    assertThat(follower.caughtUp(40, now, LAG)).isTrue();
    now += 1;
    assertThat(follower.caughtUp(40, now, LAG)).isFalse();
  }

  @Test
  void aNewLifeOfAFollowerStartsOver() {
    LeaderRole leader = leader(0, 1);
    FollowerProgress follower = leader.follower(1);
    fetch(leader, 1, 40);
    follower.fetched(99, 5, 0, END, now);
    assertThat(follower.endOffset()).isEqualTo(5);
    assertThat(follower.settled()).isFalse();
    assertThat(bound(leader, 3, 2)).isEqualTo(5);
  }

  @Test
  void theStoredVersionNeverGoesBack() {
    LeaderRole leader = leader(0, 1);
    assertThatThrownBy(() -> leader.adopt(state(0), 7)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void aChangedAssignmentKeepsTheProgressOfWhoStays() {
    LeaderRole leader = leader(0, 1);
    fetch(leader, 1, 40);
    leader.assign(List.of(0, 1, 4), now);
    assertThat(leader.follower(1).endOffset()).isEqualTo(40);
    assertThat(leader.follower(2)).isNull();
    assertThat(leader.follower(4).endOffset()).isEqualTo(FollowerProgress.UNKNOWN);
  }
}
