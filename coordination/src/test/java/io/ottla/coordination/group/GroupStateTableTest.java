package io.ottla.coordination.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request in every state, by a member, by a stranger, and of a wrong generation. */
class GroupStateTableTest {
  private static final int NO_GENERATION = -1;

  /** A group in the wanted state with the id of one of its members. */
  private record Case(ShardHarness harness, String member, int generation) {}

  private static Case in(GroupState state) {
    ShardHarness h = new ShardHarness();
    switch (state) {
      case DEAD -> {
        return new Case(h, "nobody", 0);
      }
      case EMPTY -> {
        String id = h.stableWithOne();
        h.leave(id, null);
        return new Case(h, id, 2);
      }
      case STABLE -> {
        return new Case(h, h.stableWithOne(), 1);
      }
      case PREPARING_REBALANCE -> {
        String id = h.stableWithOne();
        h.join("", "p");
        return new Case(h, id, 1);
      }
      case COMPLETING_REBALANCE -> {
        String id = h.join("", "p").response.memberId();
        return new Case(h, id, 1);
      }
    }
    throw new AssertionError(state);
  }

  static Stream<Arguments> table() {
    return Stream.of(
        // state, heartbeat, sync, leave, commit with generation, simple commit
        Arguments.of(
            GroupState.DEAD,
            Errors.UNKNOWN_MEMBER_ID,
            Errors.UNKNOWN_MEMBER_ID,
            Errors.UNKNOWN_MEMBER_ID,
            Errors.ILLEGAL_GENERATION,
            Errors.NONE),
        Arguments.of(
            GroupState.EMPTY,
            Errors.UNKNOWN_MEMBER_ID,
            Errors.UNKNOWN_MEMBER_ID,
            Errors.UNKNOWN_MEMBER_ID,
            Errors.ILLEGAL_GENERATION,
            Errors.NONE),
        Arguments.of(
            GroupState.PREPARING_REBALANCE,
            Errors.REBALANCE_IN_PROGRESS,
            Errors.REBALANCE_IN_PROGRESS,
            Errors.NONE,
            Errors.NONE,
            Errors.UNKNOWN_MEMBER_ID),
        Arguments.of(
            GroupState.COMPLETING_REBALANCE,
            Errors.NONE,
            Errors.NONE,
            Errors.NONE,
            Errors.REBALANCE_IN_PROGRESS,
            Errors.UNKNOWN_MEMBER_ID),
        Arguments.of(
            GroupState.STABLE,
            Errors.NONE,
            Errors.NONE,
            Errors.NONE,
            Errors.NONE,
            Errors.UNKNOWN_MEMBER_ID));
  }

  @ParameterizedTest
  @MethodSource("table")
  void memberIsAnswered(
      GroupState state,
      Errors heartbeat,
      Errors sync,
      Errors leave,
      Errors commit,
      Errors simpleCommit) {
    assertThat(in(state).harness().state()).isEqualTo(state.wireName());
    Case c = in(state);
    assertThat(c.harness().heartbeat(c.member(), c.generation())).isEqualTo(heartbeat);
    c = in(state);
    assertThat(
            ShardHarness.syncError(c.harness().sync(c.member(), c.generation(), c.member(), "x")))
        .isEqualTo(sync);
    c = in(state);
    assertThat(c.harness().leave(c.member(), null)).isEqualTo(leave);
    c = in(state);
    assertThat(c.harness().commit(c.member(), c.generation(), 5)).isEqualTo(commit);
    c = in(state);
    assertThat(c.harness().commit("", NO_GENERATION, 5)).isEqualTo(simpleCommit);
  }

  @ParameterizedTest
  @MethodSource("table")
  void strangerIsUnknown(
      GroupState state, Errors heartbeat, Errors sync, Errors leave, Errors commit, Errors simple) {
    assertThat(in(state).harness().heartbeat("stranger", 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(ShardHarness.syncError(in(state).harness().sync("stranger", 1)))
        .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(in(state).harness().leave("stranger", null)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(ShardHarness.error(in(state).harness().join("stranger", "p")))
        .isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(in(state).harness().commit("stranger", 1, 5))
        .isIn(Errors.UNKNOWN_MEMBER_ID, Errors.ILLEGAL_GENERATION);
  }

  @ParameterizedTest
  @MethodSource("table")
  void otherGenerationIsRefused(
      GroupState state, Errors heartbeat, Errors sync, Errors leave, Errors commit, Errors simple) {
    for (int generation : new int[] {0, 7}) {
      Case c = in(state);
      boolean member = state != GroupState.DEAD && state != GroupState.EMPTY;
      Errors expected = member ? Errors.ILLEGAL_GENERATION : Errors.UNKNOWN_MEMBER_ID;
      assertThat(c.harness().heartbeat(c.member(), generation)).isEqualTo(expected);
      assertThat(ShardHarness.syncError(c.harness().sync(c.member(), generation)))
          .isEqualTo(expected);
      assertThat(c.harness().commit(c.member(), generation, 9))
          .isEqualTo(Errors.ILLEGAL_GENERATION);
      assertThat(c.harness().committed("t", 0)).isEqualTo(-1);
    }
  }

  @Test
  void joinOfNewMemberPerState() {
    Case empty = in(GroupState.EMPTY);
    var first = empty.harness().join("", "p");
    assertThat(first.response.generationId()).isEqualTo(3);
    assertThat(first.response.leader()).isEqualTo(first.response.memberId());

    Case preparing = in(GroupState.PREPARING_REBALANCE);
    assertThat(preparing.harness().join("", "p").done()).isFalse();

    Case completing = in(GroupState.COMPLETING_REBALANCE);
    var waiting = completing.harness().sync("nobody", 1);
    assertThat(ShardHarness.syncError(waiting)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(completing.harness().join("", "p").done()).isFalse();
    assertThat(completing.harness().state()).isEqualTo("PreparingRebalance");

    Case stable = in(GroupState.STABLE);
    assertThat(stable.harness().join("", "p").done()).isFalse();
    assertThat(stable.harness().heartbeat(stable.member(), 1))
        .isEqualTo(Errors.REBALANCE_IN_PROGRESS);
  }

  @Test
  void rejoinPerState() {
    Case completing = in(GroupState.COMPLETING_REBALANCE);
    var same = completing.harness().join(completing.member(), "p");
    assertThat(same.response.generationId()).isEqualTo(1);
    assertThat(same.response.members()).hasSize(1);
    var changed = completing.harness().join(completing.member(), "p:other");
    assertThat(changed.response.generationId()).isEqualTo(2);

    Case stable = in(GroupState.STABLE);
    var leaderAgain = stable.harness().join(stable.member(), "p");
    assertThat(leaderAgain.response.generationId()).isEqualTo(2);

    Case preparing = in(GroupState.PREPARING_REBALANCE);
    var last = preparing.harness().join(preparing.member(), "p");
    assertThat(last.response.generationId()).isEqualTo(2);
    assertThat(last.response.members()).hasSize(2);
  }
}
