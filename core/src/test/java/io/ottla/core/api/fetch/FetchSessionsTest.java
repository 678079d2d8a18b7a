package io.ottla.core.api.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {

  private static final long IDLE = TimeUnit.SECONDS.toNanos(121);

  private static FetchTarget target(int partition) {
    FetchTarget.Key key = new FetchTarget.Key("t", Uuid.ZERO_UUID, partition);
    return new FetchTarget(key, new FetchPartition().setPartition(partition));
  }

  private static List<FetchTarget> targets(int count) {
    return IntStream.range(0, count).mapToObj(FetchSessionsTest::target).toList();
  }

  private static List<Integer> order(FetchSession session) {
    return session.targets().stream().map(FetchTarget::partition).toList();
  }

  @Test
  void aFullCacheRefusesAnEqualConsumer() {
    FetchSessions sessions = new FetchSessions(1);
    FetchSession first = sessions.create(-1, false, targets(2), 0);
    assertThat(sessions.create(-1, false, targets(2), 1)).isNull();
    assertThat(sessions.find(first.id())).isSameAs(first);
    assertThat(sessions.evictions()).isZero();
  }

  @Test
  void anIdleSessionGivesUpItsSlot() {
    FetchSessions sessions = new FetchSessions(1);
    FetchSession first = sessions.create(-1, false, targets(5), 0);
    FetchSession second = sessions.create(-1, false, targets(1), IDLE);
    assertThat(second).isNotNull();
    assertThat(sessions.find(first.id())).isNull();
    assertThat(sessions.evictions()).isOne();
    assertThat(sessions.partitionsCached()).isOne();
  }

  @Test
  void aFollowerTakesTheSlotOfAConsumerButNotOfAFollower() {
    FetchSessions sessions = new FetchSessions(1);
    sessions.create(-1, false, targets(1), 0);
    FetchSession follower = sessions.create(2, false, targets(1), 1);
    assertThat(follower).isNotNull();
    assertThat(sessions.create(2, false, targets(9), 2)).isNull();
    assertThat(sessions.create(-1, false, targets(9), 2)).isNull();
  }

  @Test
  void aLargerSessionReplacesASmallerOneOfAge() {
    FetchSessions sessions = new FetchSessions(1);
    FetchSession small = sessions.create(-1, false, targets(1), 0);
    assertThat(small.advance(new FetchRequestData().setSessionEpoch(1), IDLE)).isTrue();
    assertThat(sessions.create(-1, false, targets(1), IDLE + 1)).isNull();
    assertThat(sessions.create(-1, false, targets(2), IDLE + 1)).isNotNull();
  }

  @Test
  void noSlotsMeansNoSessions() {
    assertThat(new FetchSessions(0).create(2, true, targets(1), 0)).isNull();
  }

  @Test
  void anIncrementalRequestAddsChangesAndForgets() {
    FetchSession session = new FetchSessions(1).create(-1, false, targets(3), 0);
    FetchRequestData request =
        new FetchRequestData()
            .setSessionEpoch(1)
            .setTopics(
                List.of(
                    new FetchTopic()
                        .setTopic("t")
                        .setPartitions(
                            List.of(
                                new FetchPartition().setPartition(1).setFetchOffset(42),
                                new FetchPartition().setPartition(7)))))
            .setForgottenTopicsData(
                List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(0))));
    assertThat(session.advance(request, 1)).isTrue();
    assertThat(order(session)).containsExactly(1, 2, 7);
    assertThat(session.targets().get(0).fetchOffset()).isEqualTo(42);
  }

  @Test
  void aRepeatedOrSkippedEpochIsRefusedAndChangesNothing() {
    FetchSession session = new FetchSessions(1).create(-1, false, targets(1), 0);
    FetchRequestData forgetAll =
        new FetchRequestData()
            .setSessionEpoch(2)
            .setForgottenTopicsData(
                List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(0))));
    assertThat(session.advance(forgetAll, 1)).isFalse();
    assertThat(order(session)).containsExactly(0);
    assertThat(session.advance(new FetchRequestData().setSessionEpoch(1), 1)).isTrue();
    assertThat(session.advance(new FetchRequestData().setSessionEpoch(1), 1)).isFalse();
    assertThat(session.advance(new FetchRequestData().setSessionEpoch(2), 1)).isTrue();
  }

  @Test
  void whatWasServedMovesToTheEnd() {
    FetchSession session = new FetchSessions(1).create(-1, false, targets(3), 0);
    session.moveToEnd(session.targets().get(0));
    assertThat(order(session)).containsExactly(1, 2, 0);
  }
}
