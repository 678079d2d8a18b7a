package io.ottla.core.api.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.DataBroker;
import io.ottla.core.api.TrafficMetrics;
import io.ottla.network.codec.RecordSets;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchHandlerTest {
  private static final int BY_NAME = 12;
  private static final int NEWEST = 18;
  private static final int WAIT_MS = 500;
  private static final int LIMIT = 1 << 20;

  @TempDir Path directory;
  private DataBroker broker;
  private FetchHandler handler;
  private ApiCaller client;

  @BeforeEach
  void start() {
    broker = new DataBroker(directory);
    handler =
        new FetchHandler(
            broker.hosted.partitions(),
            broker.cluster::image,
            broker.endpoints,
            broker.time,
            new FetchSessions(10),
            TrafficMetrics.NONE,
            LIMIT);
    client = new ApiCaller(handler);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static FetchPartition at(int partition, long offset) {
    return new FetchPartition()
        .setPartition(partition)
        .setFetchOffset(offset)
        .setPartitionMaxBytes(LIMIT);
  }

  private FetchRequestData request(Object... topicThenPartition) {
    FetchRequestData body =
        new FetchRequestData().setMaxWaitMs(WAIT_MS).setMinBytes(1).setMaxBytes(LIMIT);
    for (int i = 0; i < topicThenPartition.length; i += 2) {
      String topic = (String) topicThenPartition[i];
      boolean known = broker.cluster.image().topic(topic) != null;
      body.topics()
          .add(
              new FetchTopic()
                  .setTopic(topic)
                  .setTopicId(known ? broker.id(topic) : new Uuid(1, 2))
                  .setPartitions(List.of((FetchPartition) topicThenPartition[i + 1])));
    }
    return body;
  }

  private FetchResponseData call(int version, FetchRequestData body) {
    return client.call(version, body, FetchResponseData.class);
  }

  private CompletableFuture<FetchResponseData> send(FetchRequestData body) {
    return client.send(BY_NAME, body, FetchResponseData.class);
  }

  private static List<PartitionData> results(FetchResponseData response) {
    return response.responses().stream().flatMap(t -> t.partitions().stream()).toList();
  }

  private static Errors error(PartitionData data) {
    return Errors.forCode(data.errorCode());
  }

  private static int bytes(PartitionData data) {
    return RecordSets.bytes(data).remaining();
  }

  private void passMs(long ms) {
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(ms));
  }

  @Test
  void everyVersionCarriesRecordsAndErrors() throws Exception {
    broker.append("solo", "a", "b");
    ByteBuffer stored = DataBroker.batch("a", "b");
    DataBroker.versions(handler)
        .forEach(
            version -> {
              FetchResponseData answer =
                  call(
                      version,
                      request(
                          "solo", at(0, 0), "away", at(0, 0), "pair", at(7, 0), "solo", at(1, 9)));
              assertThat(results(answer))
                  .extracting(FetchHandlerTest::error)
                  .containsExactlyInAnyOrder(
                      Errors.NONE,
                      Errors.NOT_LEADER_OR_FOLLOWER,
                      Errors.UNKNOWN_TOPIC_OR_PARTITION,
                      Errors.OFFSET_OUT_OF_RANGE);
              PartitionData read = results(answer).get(0);
              assertThat(RecordSets.bytes(read).slice(21, stored.limit() - 21))
                  .isEqualTo(stored.slice(21, stored.limit() - 21));
              assertThat(read.highWatermark()).isEqualTo(2);
              assertThat(read.lastStableOffset()).isEqualTo(2);
              PartitionData moved =
                  results(answer).stream()
                      .filter(d -> error(d) == Errors.NOT_LEADER_OR_FOLLOWER)
                      .findFirst()
                      .orElseThrow();
              assertThat(moved.currentLeader().leaderId()).isEqualTo(version >= 12 ? 1 : -1);
              if (version >= 16) {
                assertThat(answer.nodeEndpoints().find(1).host()).isEqualTo("host1");
              } else {
                assertThat(answer.nodeEndpoints()).isEmpty();
              }
            });
  }

  @Test
  void everyVersionCarriesTheFailureOfTheWholeRequest() {
    DataBroker.versions(handler)
        .forEach(
            version -> {
              FetchResponseData failed =
                  (FetchResponseData)
                      ApiCaller.asRead(
                          handler.errorResponse(
                              request("solo", at(0, 0)),
                              version.shortValue(),
                              Errors.UNKNOWN_SERVER_ERROR,
                              "why"),
                          version);
              short code = version >= 7 ? failed.errorCode() : results(failed).get(0).errorCode();
              assertThat(Errors.forCode(code)).isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
            });
  }

  @Test
  void anUnknownTopicIdAndThatOfADeletedTopicAreErrors() {
    FetchRequestData old = request("solo", at(0, 0), "never", at(0, 0));
    broker.cluster.change(image -> image.removeTopic("solo"));
    broker.hosted.show();
    broker.addTopic("solo", java.util.Map.of());
    assertThat(results(call(NEWEST, old)))
        .extracting(FetchHandlerTest::error)
        .containsExactly(Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_ID);
  }

  @Test
  void waitsForDataAndAnswersAtOnceWhenItComes() throws Exception {
    CompletableFuture<FetchResponseData> parked = send(request("solo", at(0, 0)));
    passMs(WAIT_MS - 10);
    assertThat(parked).isNotDone();
    broker.append("solo", "a");
    assertThat(bytes(results(parked.getNow(null)).get(0))).isPositive();
    assertThat(broker.time.size()).isZero();
  }

  @Test
  void answersEmptyAtTheDeadlineAndAtOnceWithoutPatience() {
    CompletableFuture<FetchResponseData> parked = send(request("solo", at(0, 0)));
    passMs(WAIT_MS + 1);
    assertThat(bytes(results(parked.getNow(null)).get(0))).isZero();
    assertThat(send(request("solo", at(0, 0)).setMaxWaitMs(0))).isCompleted();
    assertThat(send(request())).isCompleted();
    assertThat(send(request("solo", at(0, 0)).setMinBytes(0))).isCompleted();
  }

  @Test
  void waitsForAllTheBytesAskedFor() throws Exception {
    broker.append("solo", "a");
    int one = DataBroker.batch("a").limit();
    CompletableFuture<FetchResponseData> parked =
        send(request("solo", at(0, 0), "solo", at(1, 0)).setMinBytes(2 * one));
    assertThat(parked).isNotDone();
    broker.hosted.partitions().get("solo", 1).append(DataBroker.batch("b"), (short) 1, 0);
    assertThat(results(parked.getNow(null)))
        .extracting(FetchHandlerTest::bytes)
        .containsExactly(one, one);
  }

  @Test
  void anErrorEndsTheWait() {
    assertThat(send(request("solo", at(0, 0), "away", at(0, 0)))).isCompleted();
    CompletableFuture<FetchResponseData> parked =
        send(request("pair", at(0, 0).setCurrentLeaderEpoch(DataBroker.EPOCH)));
    assertThat(parked).isNotDone();
    broker.state("pair", 1, DataBroker.EPOCH + 1, 0, 1);
    PartitionData moved = results(parked.getNow(null)).get(0);
    assertThat(error(moved)).isEqualTo(Errors.FENCED_LEADER_EPOCH);
    assertThat(moved.currentLeader().leaderId()).isEqualTo(1);
    assertThat(moved.currentLeader().leaderEpoch()).isEqualTo(DataBroker.EPOCH + 1);
  }

  @Test
  void theBudgetLimitsTheAnswerButNotItsFirstBatch() throws Exception {
    broker.append("solo", "x".repeat(1000));
    broker.append("solo", "y".repeat(1000));
    broker.hosted.partitions().get("solo", 1).append(DataBroker.batch("z"), (short) 1, 0);
    int batch = DataBroker.batch("x".repeat(1000)).limit();
    FetchRequestData both = request("solo", at(0, 0), "solo", at(1, 0));
    assertThat(results(call(BY_NAME, both.duplicate().setMaxBytes(10))))
        .extracting(FetchHandlerTest::bytes)
        .containsExactly(batch, 0);
    FetchRequestData small =
        request("solo", at(0, 0).setPartitionMaxBytes(batch + 10), "solo", at(1, 0));
    assertThat(results(call(BY_NAME, small)))
        .extracting(FetchHandlerTest::bytes)
        .containsExactly(batch, DataBroker.batch("z").limit());
  }

  @Test
  void doesNotWaitForMoreThanTheBudgetLetsThrough() throws Exception {
    broker.append("solo", "x".repeat(1000));
    broker.append("solo", "y".repeat(1000));
    broker.hosted.partitions().get("solo", 1).append(DataBroker.batch("z"), (short) 1, 0);
    int batch = DataBroker.batch("x".repeat(1000)).limit();
    assertThat(
            send(
                request("solo", at(0, 0), "solo", at(1, 0))
                    .setMaxBytes(batch + 10)
                    .setMinBytes(batch + 11)))
        .as("more is there, but no room for it")
        .isCompleted();
    assertThat(
            send(
                request("solo", at(0, 0).setPartitionMaxBytes(batch + 10)).setMinBytes(batch + 10)))
        .as("the next batch does not fit into the partition's bytes")
        .isCompleted();
    assertThat(send(request("solo", at(0, 0)).setMinBytes(2 * batch + 1))).isNotDone();
  }

  @Test
  void consumersSeeOnlyWhatIsReplicatedAndFollowersAll() throws Exception {
    broker.append("pair", "a");
    CompletableFuture<FetchResponseData> consumer = send(request("pair", at(0, 0)));
    assertThat(consumer).isNotDone();
    FetchRequestData follower = request("pair", at(0, 0));
    follower.replicaState().setReplicaId(1).setReplicaEpoch(101);
    assertThat(bytes(results(call(NEWEST, follower)).get(0))).isPositive();
    FetchRequestData acknowledging =
        request("pair", at(0, 1).setCurrentLeaderEpoch(DataBroker.EPOCH)).setMaxWaitMs(0);
    acknowledging.replicaState().setReplicaId(1).setReplicaEpoch(101);
    assertThat(results(call(NEWEST, acknowledging)).get(0).highWatermark()).isEqualTo(1);
    assertThat(bytes(results(consumer.getNow(null)).get(0))).isPositive();
  }

  @Test
  void aParkedFollowerIsWokenByAppendsAndByANewLeadership() throws Exception {
    passMs(60_000);
    FetchRequestData follower = request("pair", at(0, 0));
    follower.replicaState().setReplicaId(1).setReplicaEpoch(101);
    var parked = client.send(NEWEST, follower, FetchResponseData.class);
    assertThat(parked).isNotDone();
    broker.append("pair", "a");
    assertThat(bytes(results(parked.getNow(null)).get(0))).isPositive();
    FetchRequestData atEnd = request("pair", at(0, 1));
    atEnd.replicaState().setReplicaId(1).setReplicaEpoch(101);
    var second = client.send(NEWEST, atEnd, FetchResponseData.class);
    assertThat(second).isNotDone();
    broker.addTopic("fresh", java.util.Map.of());
    assertThat(second).isCompleted();
  }

  @Test
  void aFollowerWhoseLogDivergedIsToldWhere() throws Exception {
    broker.append("pair", "a", "b");
    FetchRequestData diverged =
        request(
            "pair",
            at(0, 9).setCurrentLeaderEpoch(DataBroker.EPOCH).setLastFetchedEpoch(DataBroker.EPOCH));
    diverged.replicaState().setReplicaId(1).setReplicaEpoch(101);
    PartitionData told = results(call(NEWEST, diverged)).get(0);
    assertThat(error(told)).isEqualTo(Errors.NONE);
    assertThat(told.divergingEpoch().epoch()).isEqualTo(DataBroker.EPOCH);
    assertThat(told.divergingEpoch().endOffset()).isEqualTo(2);
    FetchRequestData ahead = request("pair", at(0, 0).setCurrentLeaderEpoch(DataBroker.EPOCH + 1));
    assertThat(error(results(call(NEWEST, ahead)).get(0))).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    FetchRequestData stranger = request("pair", at(0, 0));
    stranger.replicaState().setReplicaId(8).setReplicaEpoch(1);
    assertThat(error(results(call(NEWEST, stranger)).get(0)))
        .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
  }

  @Test
  void aConsumerIsSentToTheReplicaInItsRack() throws Exception {
    broker.append("pair", "a");
    broker.followerFetches(1);
    FetchRequestData far = request("pair", at(0, 0)).setRackId("r1");
    assertThat(results(call(11, far)).get(0).preferredReadReplica()).isEqualTo(1);
    assertThat(bytes(results(call(11, far)).get(0))).isZero();
    FetchRequestData near = request("pair", at(0, 0)).setRackId("r0");
    assertThat(results(call(11, near)).get(0).preferredReadReplica()).isEqualTo(-1);
    assertThat(bytes(results(call(11, near)).get(0))).isPositive();
  }

  @Test
  void aSessionNamesOnlyWhatIsNew() throws Exception {
    broker.append("solo", "a");
    FetchResponseData first =
        call(BY_NAME, request("solo", at(0, 0), "solo", at(1, 0)).setSessionEpoch(0));
    int id = first.sessionId();
    assertThat(id).isPositive();
    assertThat(results(first)).hasSize(2);

    CompletableFuture<FetchResponseData> nothing =
        send(request("solo", at(0, 1)).setSessionId(id).setSessionEpoch(1));
    passMs(WAIT_MS + 1);
    assertThat(nothing.getNow(null).sessionId()).isEqualTo(id);
    assertThat(results(nothing.getNow(null))).isEmpty();

    CompletableFuture<FetchResponseData> parked =
        send(request().setSessionId(id).setSessionEpoch(2));
    assertThat(parked).isNotDone();
    broker.hosted.partitions().get("solo", 1).append(DataBroker.batch("b"), (short) 1, 0);
    assertThat(results(parked.getNow(null)))
        .singleElement()
        .satisfies(data -> assertThat(data.partitionIndex()).isEqualTo(1));
  }

  @Test
  void aSessionAddsAndForgetsPartitions() throws Exception {
    int id =
        call(BY_NAME, request("solo", at(0, 0)).setSessionEpoch(0).setMaxWaitMs(0)).sessionId();
    broker.append("solo", "a");
    FetchRequestData exchange = request("away", at(0, 0)).setSessionId(id).setSessionEpoch(1);
    exchange
        .forgottenTopicsData()
        .add(
            new FetchRequestData.ForgottenTopic()
                .setTopic("solo")
                .setTopicId(broker.id("solo"))
                .setPartitions(List.of(0)));
    assertThat(results(call(BY_NAME, exchange)))
        .extracting(FetchHandlerTest::error)
        .containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
    assertThat(results(call(BY_NAME, request().setSessionId(id).setSessionEpoch(2))))
        .as("an error is repeated")
        .hasSize(1);
  }

  @Test
  void asksOfASessionThatIsNotAsTheClientThinksFail() {
    int id =
        call(BY_NAME, request("solo", at(0, 0)).setSessionEpoch(0).setMaxWaitMs(0)).sessionId();
    FetchRequestData next = request().setSessionId(id).setMaxWaitMs(0);
    DataBroker.versions(handler)
        .filter(version -> version >= 7)
        .forEach(
            version -> {
              assertThat(call(version, next.duplicate().setSessionId(id + 1).setSessionEpoch(1)))
                  .extracting(answer -> Errors.forCode(answer.errorCode()))
                  .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
              assertThat(call(version, next.duplicate().setSessionEpoch(9)))
                  .extracting(answer -> Errors.forCode(answer.errorCode()))
                  .isEqualTo(
                      version >= 13
                          ? Errors.FETCH_SESSION_TOPIC_ID_ERROR
                          : Errors.INVALID_FETCH_SESSION_EPOCH);
            });
    assertThat(call(BY_NAME, next.duplicate().setSessionEpoch(1)).errorCode()).isZero();
    FetchResponseData closed = call(BY_NAME, next.duplicate().setSessionEpoch(-1));
    assertThat(closed.sessionId()).isZero();
    assertThat(call(BY_NAME, next.duplicate().setSessionEpoch(2)))
        .extracting(answer -> Errors.forCode(answer.errorCode()))
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
  }

  @Test
  void aSmallBudgetServesThePartitionsOfASessionInTurn() throws Exception {
    broker.append("solo", "a");
    broker.hosted.partitions().get("solo", 1).append(DataBroker.batch("b"), (short) 1, 0);
    FetchResponseData first =
        call(
            BY_NAME, request("solo", at(0, 0), "solo", at(1, 0)).setSessionEpoch(0).setMaxBytes(1));
    assertThat(results(first)).extracting(FetchHandlerTest::bytes).element(1).isEqualTo(0);
    FetchResponseData second =
        call(BY_NAME, request().setSessionId(first.sessionId()).setSessionEpoch(1).setMaxBytes(1));
    assertThat(results(second))
        .singleElement()
        .satisfies(data -> assertThat(data.partitionIndex()).isEqualTo(1));
  }

  @Test
  void countsRequestsAndBytesByTopic() throws Exception {
    List<String> events = new java.util.ArrayList<>();
    ApiCaller counted =
        new ApiCaller(
            new FetchHandler(
                broker.hosted.partitions(),
                broker.cluster::image,
                broker.endpoints,
                broker.time,
                new FetchSessions(0),
                recorder(events),
                LIMIT));
    broker.append("solo", "a");
    counted.call(NEWEST, request("solo", at(0, 0), "away", at(0, 0)), FetchResponseData.class);
    assertThat(events)
        .containsExactlyInAnyOrder(
            "request solo",
            "request away",
            "failed away",
            "fetched solo " + DataBroker.batch("a").limit());
    events.clear();
    var parked = counted.send(NEWEST, request("solo", at(0, 1)), FetchResponseData.class);
    broker.append("solo", "b");
    assertThat(parked).isCompleted();
    assertThat(events.stream().filter(e -> e.equals("request solo"))).hasSize(1);
  }

  private static TrafficMetrics recorder(List<String> events) {
    return new TrafficMetrics() {
      @Override
      public void produceRequest(String topic) {}

      @Override
      public void produced(String topic, int records, int bytes) {}

      @Override
      public void produceFailed(String topic) {}

      @Override
      public void bytesRejected(String topic, int bytes) {}

      @Override
      public void fetchRequest(String topic) {
        events.add("request " + topic);
      }

      @Override
      public void fetched(String topic, int bytes, boolean follower) {
        events.add("fetched " + topic + " " + bytes);
      }

      @Override
      public void fetchFailed(String topic) {
        events.add("failed " + topic);
      }
    };
  }
}
