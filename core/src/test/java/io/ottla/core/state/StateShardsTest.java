package io.ottla.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ottla.coordination.group.ClientOrigin;
import io.ottla.coordination.group.Effects;
import io.ottla.coordination.group.GroupConfig;
import io.ottla.coordination.group.GroupRecord;
import io.ottla.coordination.group.GroupShard;
import io.ottla.coordination.group.Now;
import io.ottla.coordination.group.Reply;
import io.ottla.core.waiting.TimerDeadlines;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StateShardsTest {
  /** A response, or the error that came instead. */
  private record Outcome<T>(T response, Errors error) {}

  private interface Operation<T> {
    Effects run(GroupShard groups, Now now, Reply<T> reply);
  }

  private final TimerDeadlines deadlines = new TimerDeadlines();
  private final ShardClock clock = new ShardClock(deadlines, Clock.systemUTC());
  private final ExecutorService loader = Executors.newSingleThreadExecutor();
  private final AtomicInteger ids = new AtomicInteger();
  private boolean ledByImage;
  private final GroupConfig config =
      GroupConfig.defaults().withInitialRebalanceDelayMs(0).withSessionTimeouts(1, 100_000);
  private final StateShards<GroupsState, GroupRecord> shards =
      new StateShards<>(
          StateShards.Settings.of("state", 2)
              .withPatience(Duration.ofMillis(300))
              .withLoadChunkBytes(200)
              .withRewriteAfterRecords(100),
          () -> new GroupsState(new GroupShard(config, () -> "u" + ids.incrementAndGet()), clock),
          partition -> ledByImage,
          deadlines,
          clock,
          loader);
  private final FakeStateLog log = new FakeStateLog(1);

  @AfterEach
  void stop() throws Exception {
    shards.close();
    loader.shutdown();
    assertThat(loader.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    deadlines.close();
  }

  private <T> CompletableFuture<Outcome<T>> submit(Operation<T> operation) {
    CompletableFuture<Outcome<T>> answer = new CompletableFuture<>();
    Reply<T> reply =
        new Reply<>() {
          @Override
          public void complete(T response) {
            assertThat(answer.complete(new Outcome<>(response, Errors.NONE))).isTrue();
          }

          @Override
          public void fail(Errors error) {
            assertThat(answer.complete(new Outcome<>(null, error))).isTrue();
          }
        };
    shards.submit(
        0, state -> state.run((groups, now) -> operation.run(groups, now, reply)), reply::fail);
    return answer;
  }

  private CompletableFuture<Outcome<OffsetCommitResponseData>> commit(long offset) {
    OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic().setName("t");
    topic.setPartitions(
        List.of(
            new OffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(offset)));
    OffsetCommitRequestData request = new OffsetCommitRequestData().setGroupId("g");
    request.setTopics(List.of(topic));
    return submit((groups, now, reply) -> groups.commitOffsets(request, now, reply));
  }

  private CompletableFuture<Outcome<OffsetFetchResponseGroup>> fetch() {
    OffsetFetchRequestTopics topic = new OffsetFetchRequestTopics().setName("t");
    topic.setPartitionIndexes(List.of(0));
    OffsetFetchRequestGroup request = new OffsetFetchRequestGroup().setGroupId("g");
    request.setTopics(List.of(topic));
    return submit((groups, now, reply) -> groups.fetchOffsets(request, reply));
  }

  private CompletableFuture<Outcome<JoinGroupResponseData>> join(int sessionTimeoutMs) {
    JoinGroupRequestData request =
        new JoinGroupRequestData()
            .setGroupId("g")
            .setMemberId("")
            .setSessionTimeoutMs(sessionTimeoutMs)
            .setRebalanceTimeoutMs(60_000)
            .setProtocolType("test");
    request.protocols().add(new JoinGroupRequestProtocol().setName("p").setMetadata(new byte[0]));
    return submit(
        (groups, now, reply) ->
            groups.join(new ClientOrigin("c", "/h"), request, (short) 3, now, reply));
  }

  private static <T> Outcome<T> get(CompletableFuture<Outcome<T>> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  private static long offset(Outcome<OffsetFetchResponseGroup> outcome) {
    assertThat(outcome.error()).isEqualTo(Errors.NONE);
    return outcome.response().topics().get(0).partitions().get(0).committedOffset();
  }

  @Test
  void unknownPartitionIsNotCoordinatedHere() throws Exception {
    assertThat(get(commit(1)).error()).isEqualTo(Errors.NOT_COORDINATOR);
  }

  @Test
  void requestThatComesBeforeTheReplicaKnowsIsHeld() throws Exception {
    ledByImage = true;
    var early = commit(1);
    shards.lead(0, log);
    assertThat(get(early).error()).isEqualTo(Errors.NONE);
  }

  @Test
  void loadsInChunksAfterAFailover() throws Exception {
    shards.lead(0, log);
    for (int i = 1; i <= 20; i++) {
      assertThat(get(commit(i)).error()).isEqualTo(Errors.NONE);
    }
    FakeStateLog next = log.next();
    shards.resign(0, 1);
    assertThat(get(fetch()).error()).isEqualTo(Errors.NOT_COORDINATOR);
    shards.lead(0, next);
    assertThat(offset(get(fetch()))).isEqualTo(20);
  }

  @Test
  void logStaysInProportionToItsState() throws Exception {
    shards.lead(0, log);
    for (int i = 1; i <= 1_005; i++) {
      assertThat(get(commit(i)).error()).isEqualTo(Errors.NONE);
    }
    await().untilAsserted(() -> assertThat(log.batchCount()).isLessThan(120));
    assertThat(log.startOffset()).isGreaterThan(900);
    FakeStateLog next = log.next();
    shards.lead(0, next);
    assertThat(offset(get(fetch()))).isEqualTo(1_005);
  }

  @Test
  void logIsNotCutBeforeTheRewriteIsCommitted() throws Exception {
    shards.lead(0, log);
    for (int i = 1; i < 100; i++) {
      assertThat(get(commit(i)).error()).isEqualTo(Errors.NONE);
    }
    log.holdCommits();
    var last = commit(100);
    await().until(() -> log.batchCount() == 101); // the commit and the rewrite
    assertThat(log.startOffset()).isZero();
    log.commitAll();
    assertThat(get(last).error()).isEqualTo(Errors.NONE);
    await().until(() -> log.startOffset() == 100);
  }

  @Test
  void longLoadIsSaidAndEnds() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(3)).error()).isEqualTo(Errors.NONE);
    FakeStateLog next = log.next();
    next.readGate = new CountDownLatch(1);
    shards.lead(0, next);
    assertThat(get(fetch()).error()).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
    next.readGate.countDown();
    await().untilAsserted(() -> assertThat(offset(get(fetch()))).isEqualTo(3));
  }

  @Test
  void unreadableLogIsUnavailable() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(3)).error()).isEqualTo(Errors.NONE);
    FakeStateLog next = log.next();
    next.failReads(new IllegalStateException("disk"));
    shards.lead(0, next);
    await()
        .untilAsserted(
            () -> assertThat(get(fetch()).error()).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE));
  }

  @Test
  void answersLeaveWhenCommittedAndReadsWaitForEarlierWrites() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(1)).error()).isEqualTo(Errors.NONE);
    log.holdCommits();
    var write = commit(2);
    var read = fetch();
    await().until(() -> log.waiting() == 2);
    assertThat(write.isDone() || read.isDone()).isFalse();
    log.commitAll();
    assertThat(get(write).error()).isEqualTo(Errors.NONE);
    assertThat(offset(get(read))).isEqualTo(2);
  }

  @Test
  void commitThatTimesOutFailsItsAnswersOnly() throws Exception {
    shards.lead(0, log);
    log.holdCommits();
    var write = commit(2);
    await().until(() -> log.waiting() == 1);
    log.failWaiters(new TimeoutException("late"));
    assertThat(get(write).error()).isEqualTo(Errors.REQUEST_TIMED_OUT);
    log.commitAll();
    assertThat(offset(get(fetch()))).isEqualTo(2);
  }

  @Test
  void refusedAppendChangesNothing() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(1)).error()).isEqualTo(Errors.NONE);
    log.failNextAppend(new NotEnoughReplicasException("few"));
    assertThat(get(commit(2)).error()).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    assertThat(offset(get(fetch()))).isEqualTo(1);
  }

  @Test
  void lostLeadershipIsNoticedBeforeTheListenerSaysSo() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(1)).error()).isEqualTo(Errors.NONE);
    log.loseLeadership();
    assertThat(get(commit(2)).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    log.holdCommits();
  }

  @Test
  void unloadingAnswersEverybody() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(1)).error()).isEqualTo(Errors.NONE);
    log.holdCommits();
    var write = commit(2);
    await().until(() -> log.waiting() == 1);
    shards.resign(0, 1);
    assertThat(get(write).error()).isEqualTo(Errors.NOT_COORDINATOR);
    log.failWaiters(new NotLeaderOrFollowerException("moved")); // comes too late, and is ignored
    assertThat(get(fetch()).error()).isEqualTo(Errors.NOT_COORDINATOR);
  }

  @Test
  void noticesOfEarlierLeadershipsAreIgnored() throws Exception {
    FakeStateLog second = log.next();
    shards.lead(0, second);
    assertThat(get(commit(5)).error()).isEqualTo(Errors.NONE);
    shards.lead(0, log);
    shards.resign(0, 1);
    assertThat(offset(get(fetch()))).isEqualTo(5);
    assertThat(log.batchCount()).isZero();
  }

  @Test
  void timersRunByThemselves() throws Exception {
    shards.lead(0, log);
    var joined = get(join(50));
    assertThat(joined.response().generationId()).isEqualTo(1);
    // Nobody sends heartbeats: the session ends, and the empty group is written.
    await().until(() -> log.batchCount() == 1);
  }

  @Test
  void closingAnswersWhoWaits() throws Exception {
    shards.lead(0, log);
    assertThat(get(commit(1)).error()).isEqualTo(Errors.NONE);
    log.holdCommits();
    var write = commit(2);
    await().until(() -> log.waiting() == 1);
    shards.close();
    assertThat(get(write).error()).isEqualTo(Errors.NOT_COORDINATOR);
    assertThat(get(commit(3)).error()).isEqualTo(Errors.NOT_COORDINATOR);
  }
}
