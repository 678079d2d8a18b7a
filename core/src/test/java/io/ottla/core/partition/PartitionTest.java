package io.ottla.core.partition;

import static io.ottla.core.partition.TestBroker.batch;
import static io.ottla.core.partition.TestBroker.leaderBatch;
import static io.ottla.core.partition.TestBroker.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.EpochEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.FencedLeaderEpochException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.OffsetNotAvailableException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownLeaderEpochException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionTest {
  private static final Uuid ID = Uuid.randomUuid();
  private static final short ALL = -1;

  @TempDir private Path directory;
  private TestBroker broker;
  private final List<String> answers = new ArrayList<>();

  @BeforeEach
  void start() {
    broker = new TestBroker(directory);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private Partition lead(int epoch, int version, int... isr) {
    broker.show(ID, state(1, epoch, isr), version);
    return broker.partition();
  }

  private void await(AppendOutcome outcome) {
    broker
        .partition()
        .awaitReplicated(
            outcome.requiredOffset(),
            outcome.leaderEpoch(),
            broker.time.nanoTime() + TimeUnit.SECONDS.toNanos(5),
            error -> answers.add(error == null ? "ok" : error.getClass().getSimpleName()));
  }

  private AppendOutcome append(int records) throws BatchRejectedException {
    AppendOutcome outcome = broker.partition().append(batch(records), ALL, 1_700_000_000_000L);
    await(outcome);
    return outcome;
  }

  @Test
  void acknowledgesWhenEveryMemberHasIt() throws BatchRejectedException {
    Partition partition = lead(0, 0, 1, 2, 3);
    AppendOutcome outcome = append(2);
    assertThat(outcome.requiredOffset()).isEqualTo(2);
    broker.followerFetch(2, 12, 2, 0, 0);
    assertThat(answers).isEmpty();
    assertThat(broker.followerFetch(3, 13, 2, 0, 0).highWatermark()).isEqualTo(2);
    assertThat(answers).containsExactly("ok");
    assertThat(partition.highWatermark()).isEqualTo(2);
    assertThat(broker.time.size()).as("no timer left").isZero();
  }

  @Test
  void aFetchOfAnEarlierLifeOfTheFollowerAcknowledgesNothing() throws BatchRejectedException {
    Partition partition = lead(0, 0, 1, 2, 3);
    append(2);
    broker.followerFetch(2, 12, 2, 0, 0);
    broker.followerFetch(3, 5, 2, 0, 0);
    broker.followerFetch(3, -1, 2, 0, 0);
    broker.followerFetch(3, 99, 2, 0, 0);
    broker.followerFetch(3, 13, 2, -1, 0);
    assertThat(partition.highWatermark()).isZero();
    assertThat(answers).isEmpty();
  }

  @Test
  void aDivergingFetchAcknowledgesNothingAndIsToldWhere() throws BatchRejectedException {
    Partition partition = lead(4, 0, 1, 2, 3);
    append(3);
    broker.followerFetch(3, 13, 3, 4, 4);
    FetchOutcome outcome = broker.followerFetch(2, 12, 3, 4, 2);
    assertThat(outcome.divergingEpoch()).isEqualTo(new EpochEnd(2, 0));
    assertThat(outcome.slice().size()).isZero();
    assertThat(partition.highWatermark()).isZero();
  }

  @Test
  void losingTheLeadershipAnswersWhoWaits() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    append(1);
    broker.show(ID, state(2, 1, 1, 2), 1);
    assertThat(answers).containsExactly("NotLeaderOrFollowerException");
    assertThat(broker.events).containsExactly("leader@0", "resigned@0", "follow 2@1");
    assertThatThrownBy(() -> append(1)).isInstanceOf(NotLeaderOrFollowerException.class);
    assertThat(broker.partition().leaderHint()).isEqualTo(new LeaderHint(2, 1));
  }

  @Test
  void anAppendOfAnEarlierLeadershipIsNotAcknowledgedInALaterOne() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    AppendOutcome outcome = broker.partition().append(batch(1), ALL, 0);
    lead(1, 1, 1, 2);
    broker.followerFetch(2, 12, 1, 1, 0);
    assertThat(broker.partition().highWatermark()).isEqualTo(1);
    AppendOutcome later = append(1);
    broker.followerFetch(2, 12, 2, 1, 1);
    assertThat(answers).containsExactly("ok");
    assertThat(later.leaderEpoch()).isEqualTo(1);
    broker
        .partition()
        .awaitReplicated(
            50, outcome.leaderEpoch(), Long.MAX_VALUE, e -> answers.add(String.valueOf(e != null)));
    assertThat(answers).containsExactly("ok", "true");
  }

  @Test
  void timesOut() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    append(1);
    broker.time.advance(TimeUnit.SECONDS.toNanos(6));
    assertThat(answers).containsExactly(TimeoutException.class.getSimpleName());
    broker.followerFetch(2, 12, 1, 0, 0);
    assertThat(answers).hasSize(1);
  }

  @Test
  void acksAllNeedsEnoughReplicasBeforeAndAfter() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    append(1);
    broker.show(ID, state(1, 0, 1), 1);
    assertThat(answers).as("not committed with an ISR of one").isEmpty();
    assertThatThrownBy(() -> broker.partition().append(batch(1), ALL, 0))
        .isInstanceOf(NotEnoughReplicasException.class);
    broker.partition().append(batch(1), (short) 1, 0);
    assertThat(broker.partition().highWatermark()).isZero();
  }

  @Test
  void anIsrThatShrankBetweenReplicationAndAnswerIsTold() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    AppendOutcome outcome = broker.partition().append(batch(1), ALL, 0);
    broker.followerFetch(2, 12, 1, 0, 0);
    broker.show(ID, state(1, 0, 1), 1);
    await(outcome);
    assertThat(answers)
        .containsExactly(NotEnoughReplicasAfterAppendException.class.getSimpleName());
  }

  @Test
  void growsTheIsrByOneWriteAtATimeAndShrinksItWhenSomeoneLags() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    broker.followerFetch(2, 12, 0, 0, -1);
    broker.followerFetch(3, 13, 0, 0, -1);
    broker.followerFetch(3, 13, 0, 0, -1);
    assertThat(broker.writes).hasSize(1);
    TestBroker.Write write = broker.writes.get(0);
    assertThat(write.next().isrIds()).containsExactly(1, 2, 3);
    assertThat(write.expectedVersion()).isZero();
    write.outcome().complete(new StateWrite.Written(1));
    assertThat(broker.partition().isr()).hasSize(3);
    broker.partition().append(batch(1), (short) 1, 0);
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(900));
    broker.followerFetch(2, 12, 1, 0, 0);
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(200));
    broker.partitions.checkIsr(broker.time.nanoTime());
    assertThat(broker.writes.get(1).next().isrIds()).containsExactly(1, 2);
    assertThat(broker.partition().highWatermark()).isZero();
    broker.writes.get(1).outcome().complete(new StateWrite.Written(2));
    assertThat(broker.partition().highWatermark()).isEqualTo(1);
    assertThat(broker.partitions.counters().isrShrinks()).isEqualTo(1);
    assertThat(broker.partitions.counters().isrExpands()).isEqualTo(1);
  }

  @Test
  void aConflictIsReconciledOrEndsTheLeadership() throws BatchRejectedException {
    Partition partition = lead(0, 0, 1, 2);
    broker.followerFetch(3, 13, 0, 0, -1);
    broker.writes.get(0).outcome().complete(new StateWrite.Conflict(state(1, 0, 1), 5));
    assertThat(partition.isr()).containsExactly(new IsrMember(1, 11));
    broker.followerFetch(3, 13, 0, 0, -1);
    assertThat(broker.writes.get(1).expectedVersion()).isEqualTo(5);
    append0();
    broker.writes.get(1).outcome().complete(new StateWrite.Conflict(state(2, 1, 2, 3), 6));
    assertThat(partition.isLeader()).isFalse();
    broker.show(ID, state(1, 0, 1), 5);
    assertThat(partition.isLeader()).as("an older image").isFalse();
    broker.show(ID, state(2, 1, 2, 3), 6);
    assertThat(broker.events).containsExactly("leader@0", "resigned@0", "follow 2@1");
  }

  private void append0() throws BatchRejectedException {
    broker.partition().append(batch(1), (short) 1, 0);
  }

  @Test
  void aWriteWhoseOutcomeIsUnknownIsTriedAgainAndCountsMeanwhile() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    broker.followerFetch(2, 12, 0, 0, -1);
    broker.followerFetch(3, 13, 0, 0, -1);
    broker.writes.get(0).outcome().completeExceptionally(new IOException("lost"));
    broker.partition().append(batch(1), ALL, 0);
    broker.followerFetch(2, 12, 1, 0, 0);
    assertThat(broker.partition().highWatermark()).as("3 counts").isZero();
    broker.time.advance(TimeUnit.SECONDS.toNanos(2));
    assertThat(broker.writes).hasSize(2);
    assertThat(broker.writes.get(1).next()).isEqualTo(broker.writes.get(0).next());
    assertThat(broker.writes.get(1).expectedVersion()).isZero();
    broker.writes.get(1).outcome().complete(new StateWrite.Conflict(state(1, 0, 1, 2, 3), 1));
    assertThat(broker.partition().isr()).hasSize(3);
  }

  @Test
  void aLeaderThatFailsResignsInFavourOfTheOthers() {
    lead(3, 0, 1, 2);
    broker.partition().state().fail(new InvariantViolation("meant to fail"));
    broker.writes.get(0).outcome().complete(new StateWrite.Conflict(state(1, 3, 1, 2, 3), 4));
    TestBroker.Write second = broker.writes.get(1);
    assertThat(second.expectedVersion()).isEqualTo(4);
    assertThat(second.next().leader()).isEqualTo(-1);
    assertThat(second.next().isrIds()).containsExactly(2, 3);
    second.outcome().complete(new StateWrite.Conflict(state(2, 4, 2, 3), 5));
    assertThat(broker.writes).hasSize(2);
  }

  @Test
  void aFailedLeaderThatIsAloneInTheIsrStaysListed() {
    lead(3, 0, 1);
    broker.partition().state().fail(new InvariantViolation("meant to fail"));
    assertThat(broker.writes).isEmpty();
  }

  @Test
  void aLeadershipOfAnEarlierLifeIsNotResumed() {
    broker.show(
        ID,
        new io.ottla.coordination.cluster.PartitionState(
            1, 1, 3, List.of(new IsrMember(1, 4)), List.of(), false),
        2);
    assertThat(broker.partition().isLeader()).isFalse();
    broker.show(ID, state(1, 4, 1), 3);
    assertThat(broker.partition().isLeader()).isTrue();
    assertThat(broker.partition().log().startOffsetOfEpoch(4)).isZero();
  }

  @Test
  void theRegistrationOfAnEarlierLifeInTheImageElectsNobody() {
    broker.brokerEpoch = -1; // a crash left registration and state behind
    broker.show(ID, state(1, 3, 1), 2);
    assertThat(broker.partition().isLeader()).isFalse();
    broker.brokerEpoch = 20; // registered, but the image does not show it yet
    broker.show(ID, state(1, 3, 1), 3);
    assertThat(broker.partition().isLeader()).isFalse();
    broker.show(ID, electedAs(20, 4), 4);
    assertThat(broker.partition().isLeader()).isTrue();
    assertThat(broker.events).containsOnlyOnce("leader@4").doesNotContain("leader@3");
  }

  @Test
  void anElectionByThisLifeCountsWhileTheSessionIsRenewed() {
    broker.show(ID, state(1, 3, 2, 1), 2);
    broker.brokerEpoch = -1; // the session expired; the image shows the registration it had
    broker.show(ID, state(2, 4, 2, 1), 3);
    broker.show(ID, state(1, 5, 2, 1), 4);
    assertThat(broker.partition().isLeader()).isTrue();
  }

  private static PartitionState electedAs(long brokerEpoch, int epoch) {
    return new PartitionState(
        1, 1, epoch, List.of(new IsrMember(1, brokerEpoch)), List.of(), false);
  }

  @Test
  void aFollowerAppendsWhatWasFetchedInItsLeadershipForItsEnd() throws BatchRejectedException {
    broker.show(ID, state(2, 3, 1, 2), 0);
    Partition partition = broker.partition();
    assertThat(partition.followerPosition(3)).isEqualTo(new FollowerPosition(3, 0, -1, 0));
    assertThat(partition.followerPosition(2)).isNull();
    assertThat(partition.appendFetched(3, 0, leaderBatch(0, 2, 2), 9, 0)).isTrue();
    assertThat(partition.highWatermark()).isEqualTo(2);
    assertThat(partition.appendFetched(3, 0, leaderBatch(0, 2, 2), 9, 0)).isFalse();
    assertThat(partition.appendFetched(2, 2, leaderBatch(2, 2, 2), 9, 0)).isFalse();
    assertThat(partition.logEndOffset()).isEqualTo(2);
    assertThat(partition.appendFetched(3, 2, leaderBatch(2, 3, 1), 0, 1)).isTrue();
    assertThat(partition.highWatermark()).as("never back").isEqualTo(2);
    assertThat(partition.logStartOffset()).isEqualTo(1);
  }

  @Test
  void aFollowerLeavesOutBytesOfAnotherLeadership() throws BatchRejectedException {
    broker.show(ID, state(2, 3, 1, 2), 0);
    Partition partition = broker.partition();
    ByteBuffer both = ByteBuffer.allocate(1000);
    both.put(leaderBatch(0, 3, 1)).put(leaderBatch(1, 4, 1)).flip();
    assertThat(partition.appendFetched(3, 0, both, 0, 0)).isTrue();
    assertThat(partition.logEndOffset()).isEqualTo(1);
    assertThat(partition.appendFetched(3, 1, leaderBatch(1, 2, 1), 0, 0)).isTrue();
    assertThat(partition.logEndOffset()).as("epochs never decrease").isEqualTo(1);
  }

  @Test
  void truncatesOnlyInTheLeadershipAndAtTheEndItWasToldFor() throws BatchRejectedException {
    broker.show(ID, state(2, 3, 1, 2), 0);
    Partition partition = broker.partition();
    partition.appendFetched(3, 0, leaderBatch(0, 1, 1), 1, 0);
    partition.appendFetched(3, 1, leaderBatch(1, 2, 1), 1, 0);
    assertThat(partition.truncateDiverged(2, 2, 1)).isFalse();
    assertThat(partition.truncateDiverged(3, 1, 1)).isFalse();
    assertThat(partition.logEndOffset()).isEqualTo(2);
    assertThat(partition.truncateDiverged(3, 2, 1)).isTrue();
    assertThat(partition.logEndOffset()).isEqualTo(1);
    assertThat(partition.highWatermark()).isEqualTo(1);
    assertThat(partition.restartAt(3, 1, 7)).isTrue();
    assertThat(partition.highWatermark()).isEqualTo(7);
  }

  @Test
  void checksTheEpochOfReaders() throws BatchRejectedException {
    lead(4, 0, 1, 2, 3);
    assertThatThrownBy(() -> broker.followerFetch(2, 12, 0, 3, -1))
        .isInstanceOf(FencedLeaderEpochException.class);
    assertThatThrownBy(() -> broker.followerFetch(2, 12, 0, 5, -1))
        .isInstanceOf(UnknownLeaderEpochException.class);
    assertThatThrownBy(() -> broker.followerFetch(9, 12, 0, 4, -1))
        .isInstanceOf(UnknownLeaderEpochException.class);
    assertThatThrownBy(() -> broker.followerFetch(2, 12, 7, 4, -1))
        .isInstanceOf(OffsetOutOfRangeException.class);
    assertThatThrownBy(() -> broker.partition().endOffsetForEpoch(3, 3))
        .isInstanceOf(ApiException.class);
  }

  @Test
  void consumersSeeWhatIsCommittedAndAreSentToAReplicaInTheirRack() throws BatchRejectedException {
    lead(0, 0, 1, 2, 3);
    append(2);
    assertThat(broker.consumerFetch(0, "").slice().size()).isZero();
    AtomicInteger woken = new AtomicInteger();
    broker.partition().onReadable(0, FetchIsolation.HIGH_WATERMARK, woken::incrementAndGet);
    broker.followerFetch(2, 12, 2, 0, 0);
    broker.followerFetch(3, 13, 2, 0, 0);
    assertThat(woken).hasValue(1);
    broker.partition().onReadable(0, FetchIsolation.HIGH_WATERMARK, woken::incrementAndGet);
    assertThat(woken).as("readable already").hasValue(2);
    assertThat(broker.consumerFetch(0, "").slice().size()).isPositive();
    assertThat(broker.consumerFetch(0, "r-3").preferredReadReplica()).isEqualTo(3);
    assertThat(broker.consumerFetch(0, "r-1").preferredReadReplica()).isEqualTo(-1);
    assertThat(broker.consumerFetch(0, "elsewhere").preferredReadReplica()).isEqualTo(-1);
  }

  @Test
  void wakesParkedFollowersOnAppendAndOnResignation() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    AtomicInteger woken = new AtomicInteger();
    broker.partition().onReadable(0, FetchIsolation.LOG_END, woken::incrementAndGet);
    append(1);
    assertThat(woken).hasValue(1);
    broker.partition().onReadable(1, FetchIsolation.LOG_END, woken::incrementAndGet);
    broker.partition().onReadable(1, FetchIsolation.LOG_END, woken::incrementAndGet).cancel();
    broker.show(ID, state(2, 1, 1, 2), 1);
    assertThat(woken).hasValue(2);
  }

  @Test
  void looksUpOffsets() throws BatchRejectedException {
    Partition partition = lead(2, 0, 1, 2);
    append(3);
    broker.followerFetch(2, 12, 3, 2, 2);
    FetchIsolation committed = FetchIsolation.HIGH_WATERMARK;
    assertThat(partition.lookupTimestamp(-1, committed, 2)).isEqualTo(new OffsetLookup(-1, 3, 2));
    assertThat(partition.lookupTimestamp(-2, committed, -1)).isEqualTo(new OffsetLookup(-1, 0, 2));
    assertThat(partition.lookupTimestamp(-4, committed, -1).offset()).isZero();
    assertThat(partition.lookupTimestamp(-5, committed, -1)).isEqualTo(OffsetLookup.NONE);
    assertThat(partition.lookupTimestamp(-3, committed, -1))
        .isEqualTo(new OffsetLookup(1_700_000_000_002L, 2, 2));
    assertThat(partition.lookupTimestamp(1_700_000_000_001L, committed, -1).offset()).isEqualTo(1);
    assertThat(partition.lookupTimestamp(1_800_000_000_000L, committed, -1))
        .isEqualTo(OffsetLookup.NONE);
  }

  @Test
  void theEndIsNotTellableBeforeTheHighWatermarkReachesTheEpoch() throws BatchRejectedException {
    lead(0, 0, 1, 2);
    append(2);
    Partition partition = lead(1, 1, 1, 2);
    assertThatThrownBy(() -> partition.lookupTimestamp(-1, FetchIsolation.HIGH_WATERMARK, -1))
        .isInstanceOf(OffsetNotAvailableException.class);
    assertThat(partition.lookupTimestamp(-1, FetchIsolation.LOG_END, -1).offset()).isEqualTo(2);
  }
}
