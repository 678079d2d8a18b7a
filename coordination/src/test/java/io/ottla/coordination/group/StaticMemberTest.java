package io.ottla.coordination.group;

import static io.ottla.coordination.group.ShardHarness.error;
import static io.ottla.coordination.group.ShardHarness.joinRequest;
import static io.ottla.coordination.group.ShardHarness.syncError;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StaticMemberTest {
  private final ShardHarness h = new ShardHarness();
  private String leader;
  private String follower;

  /** Two static members i1 (leader) and i2, Stable in generation 2. */
  @BeforeEach
  void twoMembers() {
    leader = h.joinStatic("", "i1", "p").response.memberId();
    h.sync(leader, 1, leader, "all");
    var second = h.joinStatic("", "i2", "p");
    h.joinStatic(leader, "i1", "p");
    follower = second.response.memberId();
    h.sync(leader, 2, leader, "a", follower, "b");
    assertThat(h.state()).isEqualTo("Stable");
  }

  @Test
  void joinsWithoutAnIdRoundTrip() {
    assertThat(leader).startsWith("i1-");
    assertThat(follower).startsWith("i2-");
  }

  @Test
  void returnsWithoutARebalance() {
    var back = h.joinStatic("", "i2", "p");
    assertThat(back.response.generationId()).isEqualTo(2);
    String newId = back.response.memberId();
    assertThat(newId).isNotEqualTo(follower);
    assertThat(h.state()).isEqualTo("Stable");
    assertThat(
            new String(
                h.sync(newId, 2).response.assignment(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("b");
    assertThat(h.heartbeat(follower, "i2", 2)).isEqualTo(Errors.FENCED_INSTANCE_ID);
    assertThat(h.heartbeat(follower, null, 2)).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    h.failOver();
    assertThat(h.heartbeat(newId, "i2", 2)).isEqualTo(Errors.NONE);
  }

  @Test
  void returningLeaderIsToldToSkipTheAssignment() {
    var back = h.joinStatic("", "i1", "p");
    assertThat(back.response.skipAssignment()).isTrue();
    assertThat(back.response.leader()).isEqualTo(back.response.memberId());
    assertThat(back.response.members()).hasSize(2);
    var older = h.join(joinRequest("", "i1", "p"), 8);
    assertThat(older.response.skipAssignment()).isFalse();
    assertThat(older.response.leader()).isEqualTo(back.response.memberId());
    assertThat(older.response.memberId()).isNotEqualTo(older.response.leader());
  }

  @Test
  void refusedReturnIsUndone() {
    h.refuseAppend = Errors.NOT_ENOUGH_REPLICAS;
    var back = h.joinStatic("", "i2", "p");
    assertThat(back.failure).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    assertThat(h.heartbeat(follower, "i2", 2)).isEqualTo(Errors.NONE);
  }

  @Test
  void fencesWhoWaitsUnderTheOldId() {
    var waiting = h.joinStatic(leader, "i1", "p");
    assertThat(waiting.done()).isFalse();
    h.joinStatic("", "i1", "p");
    assertThat(error(waiting)).isEqualTo(Errors.FENCED_INSTANCE_ID);
    assertThat(error(h.joinStatic(leader, "i1", "p"))).isEqualTo(Errors.FENCED_INSTANCE_ID);
    assertThat(h.leave(leader, "i1")).isEqualTo(Errors.FENCED_INSTANCE_ID);
    var request = ShardHarness.commitRequest(leader, 2, 4).setGroupInstanceId("i1");
    assertThat(h.commit(request).response.topics().get(0).partitions().get(0).errorCode())
        .isEqualTo(Errors.FENCED_INSTANCE_ID.code());
  }

  @Test
  void fencesAWaitingSync() {
    var a = h.joinStatic(leader, "i1", "p");
    h.joinStatic(follower, "i2", "p");
    assertThat(a.response.generationId()).isEqualTo(3);
    var sync = h.sync(follower, 3);
    h.joinStatic("", "i2", "p");
    assertThat(syncError(sync)).isEqualTo(Errors.FENCED_INSTANCE_ID);
  }

  @Test
  void leavesByInstanceId() {
    assertThat(h.leave("", "i2")).isEqualTo(Errors.NONE);
    assertThat(h.leave("", "i9")).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
    assertThat(h.state()).isEqualTo("PreparingRebalance");
  }

  @Test
  void keepsItsPlaceWhenItDoesNotRejoinUntilTheSessionEnds() {
    var a = h.join(joinRequest(leader, "i1", "p").setRebalanceTimeoutMs(6_000), 9);
    h.heartbeat(follower, "i2", 2);
    h.advance(5_000);
    h.heartbeat(follower, "i2", 2);
    h.advance(9_000);
    h.heartbeat(follower, "i2", 2);
    h.advance(60_000);
    assertThat(a.done()).isTrue();
    assertThat(a.response.leader()).isEqualTo(leader);
  }

  @Test
  void changedTopicsRebalance() {
    ShardHarness c = new ShardHarness();
    byte[] topicA = {0, 0, 0, 0, 0, 1, 0, 1, 'a'};
    byte[] topicB = {0, 0, 0, 0, 0, 1, 0, 1, 'b'};
    var request = joinRequest("", "i1", "range").setProtocolType("consumer");
    request.protocols().find("range").setMetadata(topicA);
    String id = c.join(request, 9).response.memberId();
    c.sync(id, 1, id, "x");
    var same = c.join(request.duplicate(), 9);
    assertThat(same.response.generationId()).isEqualTo(1);
    var changed = request.duplicate();
    changed.protocols().find("range").setMetadata(topicB);
    assertThat(c.join(changed, 9).response.generationId()).isEqualTo(2);
  }
}
