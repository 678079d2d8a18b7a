package io.ottla.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.core.partition.IsrPolicy.Member;
import java.util.List;
import org.junit.jupiter.api.Test;

class IsrPolicyTest {
  private static final long HIGH_WATERMARK = 100;
  private static final long EPOCH_START = 90;
  private static final IsrMember SELF = new IsrMember(0, 10);
  private static final IsrMember ONE = new IsrMember(1, 11);
  private static final IsrMember TWO = new IsrMember(2, 12);

  private static List<IsrMember> next(
      List<IsrMember> committed, boolean shrink, Member... followers) {
    return IsrPolicy.next(committed, SELF, List.of(followers), HIGH_WATERMARK, EPOCH_START, shrink);
  }

  private static Member follower(int id, long fetchEpoch, long liveEpoch, long end, boolean ok) {
    return new Member(id, fetchEpoch, liveEpoch, end, ok);
  }

  @Test
  void nothingToDoIsTheSameObject() {
    List<IsrMember> isr = List.of(SELF, ONE);
    assertThat(next(isr, true, follower(1, 11, 11, 100, true))).isSameAs(isr);
  }

  @Test
  void joinsWithTheHighWatermarkReachedAndTheEpochItIsRegisteredWith() {
    List<IsrMember> isr = List.of(SELF);
    assertThat(next(isr, false, follower(1, 11, 11, 100, false))).containsExactly(SELF, ONE);
    assertThat(next(isr, false, follower(1, 11, 11, 99, true))).isSameAs(isr);
    assertThat(next(isr, false, follower(1, 10, 11, 100, true))).isSameAs(isr);
    assertThat(next(isr, false, follower(1, 11, -1, 100, true))).isSameAs(isr);
    assertThat(next(isr, false, follower(1, -1, -1, 100, true))).isSameAs(isr);
    assertThat(next(isr, false, follower(1, -1, 11, -1, true))).isSameAs(isr);
  }

  @Test
  void doesNotJoinBelowTheStartOfTheEpoch() {
    Member follower = follower(1, 11, 11, 120, true);
    assertThat(IsrPolicy.mayJoin(follower, 100, 121)).isFalse();
    assertThat(IsrPolicy.mayJoin(follower, 100, 120)).isTrue();
  }

  @Test
  void leavesOnlyWhenLaggingAndOnlyWhenShrinking() {
    List<IsrMember> isr = List.of(SELF, ONE, TWO);
    Member lagging = follower(1, 11, 11, 40, false);
    Member well = follower(2, 12, 12, 100, true);
    assertThat(next(isr, false, lagging, well)).isSameAs(isr);
    assertThat(next(isr, true, lagging, well)).containsExactly(SELF, TWO);
  }

  @Test
  void theLeaderNeverLeavesAndItsOwnEntryIsKeptUpToDate() {
    assertThat(next(List.of(), true)).containsExactly(SELF);
    assertThat(next(List.of(new IsrMember(0, 5)), true)).containsExactly(SELF);
    assertThat(
            IsrPolicy.next(
                List.of(new IsrMember(0, 5)), new IsrMember(0, -1), List.of(), 0, 0, true))
        .containsExactly(new IsrMember(0, 5));
  }

  @Test
  void aMemberThatCameBackIsListedUnderItsNewEpochOnceItMayJoin() {
    List<IsrMember> isr = List.of(SELF, ONE);
    assertThat(next(isr, false, follower(1, 21, 21, 100, true)))
        .containsExactly(SELF, new IsrMember(1, 21));
    assertThat(next(isr, false, follower(1, 21, 21, 99, true))).isSameAs(isr);
    assertThat(next(isr, true, follower(1, 21, 21, 99, false))).containsExactly(SELF);
  }

  @Test
  void whoIsNotAssignedAnyMoreLeaves() {
    assertThat(next(List.of(SELF, ONE, TWO), false, follower(2, 12, 12, 100, true)))
        .containsExactly(SELF, TWO);
  }
}
