package io.ottla.coordination.group;

import static io.ottla.coordination.group.ShardHarness.error;
import static io.ottla.coordination.group.ShardHarness.joinRequest;
import static io.ottla.coordination.group.ShardHarness.syncError;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class JoinGroupTest {
  private final ShardHarness h = new ShardHarness();

  @Test
  void refusals() {
    assertThat(error(h.join(joinRequest("", null, "p").setGroupId(""), 3)))
        .isEqualTo(Errors.INVALID_GROUP_ID);
    assertThat(error(h.join(joinRequest("", null, "p").setGroupId("x".repeat(5_000)), 3)))
        .isEqualTo(Errors.INVALID_GROUP_ID);
    assertThat(error(h.join(joinRequest("", null, "p").setSessionTimeoutMs(5_999), 3)))
        .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
    assertThat(error(h.join(joinRequest("", null, "p").setSessionTimeoutMs(1_800_001), 3)))
        .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
    assertThat(error(h.join(""))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    h.stableWithOne();
    assertThat(error(h.join("", "q"))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(error(h.join(joinRequest("", null, "p").setProtocolType("other"), 3)))
        .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(h.state()).isEqualTo("Stable");
  }

  @Test
  void memberIdIsRequiredFromVersion4() {
    var first = h.join(joinRequest("", null, "p"), 4);
    assertThat(error(first)).isEqualTo(Errors.MEMBER_ID_REQUIRED);
    String id = first.response.memberId();
    assertThat(id).startsWith("client-");
    assertThat(h.state()).isEqualTo("Empty");
    var second = h.join(joinRequest(id, null, "p"), 4);
    assertThat(second.response.generationId()).isEqualTo(1);
    assertThat(second.response.leader()).isEqualTo(id);
    assertThat(second.response.protocolName()).isEqualTo("p");
  }

  @Test
  void unusedMemberIdIsForgottenWithItsGroup() {
    String id = h.join(joinRequest("", null, "p"), 4).response.memberId();
    h.advance(10_001);
    assertThat(error(h.join(joinRequest(id, null, "p"), 4))).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(h.state()).isEqualTo("Dead");
    assertThat(h.shard.counts().groups()).isZero();
  }

  @Test
  void pendingMemberHoldsBackTheGenerationUntilItLeaves() {
    String leader = h.stableWithOne();
    String pending = h.join(joinRequest("", null, "p"), 5).response.memberId();
    var again = h.join(leader, "p");
    assertThat(again.done()).isFalse();
    assertThat(h.leave(pending, null)).isEqualTo(Errors.NONE);
    assertThat(again.response.generationId()).isEqualTo(2);
  }

  @Test
  void initialDelayGathersMembers() {
    ShardHarness delayed = new ShardHarness(GroupConfig.defaults());
    var first = delayed.join("", "p");
    delayed.advance(2_000);
    var second = delayed.join("", "p");
    delayed.advance(1_500);
    assertThat(first.done()).as("extended, since somebody came").isFalse();
    delayed.advance(3_000);
    assertThat(first.response.generationId()).isEqualTo(1);
    assertThat(first.response.members()).hasSize(2);
    assertThat(second.response.members()).isEmpty();
    assertThat(second.response.leader()).isEqualTo(first.response.memberId());
  }

  @Test
  void initialDelayEndsAtTheRebalanceTimeout() {
    ShardHarness delayed = new ShardHarness(GroupConfig.defaults());
    var first = delayed.join(joinRequest("", null, "p").setRebalanceTimeoutMs(7_000), 3);
    for (int i = 0; i < 4; i++) {
      delayed.advance(1_700);
      delayed.join(joinRequest("", null, "p").setRebalanceTimeoutMs(7_000), 3);
    }
    assertThat(first.done()).isFalse();
    delayed.advance(300);
    assertThat(first.response.members()).hasSize(5);
  }

  @Test
  void mostVotesWin() {
    h.join("", "a", "b");
    String one = h.describe().members().get(0).memberId();
    var two = h.join("", "b", "a");
    var three = h.join("", "b", "a");
    var back = h.join(one, "a", "b");
    assertThat(back.response.protocolName()).isEqualTo("b");
    assertThat(two.response.protocolName()).isEqualTo("b");
    assertThat(three.response.generationId()).isEqualTo(2);
    assertThat(back.response.members())
        .extracting(JoinGroupResponseMember::memberId)
        .containsExactlyInAnyOrder(one, two.response.memberId(), three.response.memberId());
  }

  @Test
  void memberThatDoesNotComeBackIsRemovedAndLeadershipMoves() {
    String leader = h.stableWithOne();
    var other = h.join(joinRequest("", null, "p").setSessionTimeoutMs(100_000), 3);
    for (int i = 0; i < 6; i++) {
      h.advance(9_000);
      assertThat(h.heartbeat(leader, 1)).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }
    assertThat(other.done()).isFalse();
    h.advance(6_001);
    assertThat(other.response.leader()).isEqualTo(other.response.memberId());
    assertThat(h.heartbeat(leader, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(h.shard.events(ShardHarness.GROUP))
        .anySatisfy(
            e -> {
              assertThat(e.what()).isEqualTo("removed");
              assertThat(e.why()).contains("60000 ms (rebalance timeout)");
            });
  }

  @Test
  void silentMemberExpires() {
    String id = h.stableWithOne();
    h.advance(9_000);
    assertThat(h.heartbeat(id, 1)).isEqualTo(Errors.NONE);
    h.advance(9_999);
    assertThat(h.state()).isEqualTo("Stable");
    h.advance(2);
    assertThat(h.state()).isEqualTo("Empty");
    assertThat(h.heartbeat(id, 1)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(h.shard.events(ShardHarness.GROUP))
        .extracting(GroupEvent::why)
        .contains("no heartbeat for 10000 ms (session timeout)");
  }

  @Test
  void waitingMemberDoesNotExpireButAnUnansweredFirstJoinDoes() {
    String leader =
        h.join(joinRequest("", null, "p").setSessionTimeoutMs(1_000_000), 3).response.memberId();
    h.sync(leader, 1, leader, "all");
    var long1 = joinRequest("", null, "p").setRebalanceTimeoutMs(900_000);
    var waiting = h.join(long1, 3);
    h.advance(200_000);
    assertThat(waiting.done()).isFalse();
    h.advance(100_001);
    assertThat(error(waiting)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
  }

  @Test
  void groupSizeIsLimited() {
    ShardHarness small =
        new ShardHarness(GroupConfig.defaults().withInitialRebalanceDelayMs(0).withMaxGroupSize(2));
    String one = small.stableWithOne();
    var two = small.join("", "p");
    var back = small.join(one, "p");
    small.sync(back.response.leader(), 2);
    assertThat(two.response.generationId()).isEqualTo(2);
    assertThat(error(small.join("", "p"))).isEqualTo(Errors.GROUP_MAX_SIZE_REACHED);
    assertThat(small.describe().members()).hasSize(2);
  }

  @Test
  void assignmentReachesEverybodyAndMissingOnesGetNothing() {
    String one = h.stableWithOne();
    var two = h.join("", "p");
    h.join(one, "p");
    var waiting = h.sync(two.response.memberId(), 2);
    assertThat(waiting.done()).isFalse();
    var leader = h.sync(one, 2, one, "mine");
    assertThat(new String(leader.response.assignment(), StandardCharsets.UTF_8)).isEqualTo("mine");
    assertThat(waiting.response.assignment()).isEmpty();
    assertThat(new String(h.sync(one, 2).response.assignment(), StandardCharsets.UTF_8))
        .isEqualTo("mine");
  }

  @Test
  void syncNamesItsProtocol() {
    String id = h.join("", "p").response.memberId();
    var wrong =
        new SyncGroupRequestData()
            .setGroupId(ShardHarness.GROUP)
            .setMemberId(id)
            .setGenerationId(1)
            .setProtocolType("test")
            .setProtocolName("q");
    assertThat(syncError(h.sync(wrong))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    assertThat(syncError(h.sync(wrong.duplicate().setProtocolName("p")))).isEqualTo(Errors.NONE);
  }

  @Test
  void refusedAssignmentRebalances() {
    String one = h.stableWithOne();
    var two = h.join("", "p");
    h.join(one, "p");
    var waiting = h.sync(two.response.memberId(), 2);
    h.refuseAppend = Errors.NOT_ENOUGH_REPLICAS;
    var leader = h.sync(one, 2, one, "x");
    assertThat(leader.failure).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    assertThat(waiting.failure).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    assertThat(h.state()).isEqualTo("PreparingRebalance");
    var retry = h.join(one, "p");
    h.join(two.response.memberId(), "p");
    assertThat(retry.response.generationId()).isEqualTo(3);
  }

  @Test
  void memberThatNeverSyncsIsRemoved() {
    String one = h.stableWithOne();
    var two = h.join(joinRequest("", null, "p").setSessionTimeoutMs(200_000), 3);
    h.join(one, "p");
    h.sync(one, 2, one, "x");
    for (int i = 0; i < 7; i++) {
      h.advance(8_600);
      h.heartbeat(one, 2);
    }
    assertThat(h.heartbeat(two.response.memberId(), 2)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(h.state()).isEqualTo("PreparingRebalance");
  }
}
