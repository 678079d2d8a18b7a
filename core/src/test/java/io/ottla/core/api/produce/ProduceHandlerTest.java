package io.ottla.core.api.produce;

import static io.ottla.core.api.DataBroker.batch;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.DataBroker;
import io.ottla.core.api.TrafficMetrics;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.codec.RecordSets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProduceHandlerTest {
  private static final int BY_NAME = 12;
  private static final short ALL = -1;
  private static final int TIMEOUT_MS = 5_000;

  @TempDir Path directory;
  private DataBroker broker;
  private ProduceHandler handler;
  private ApiCaller client;
  private final Counted metrics = new Counted();

  @BeforeEach
  void start() {
    broker = new DataBroker(directory);
    handler =
        new ProduceHandler(
            0,
            broker.hosted.partitions(),
            broker.cluster::image,
            broker.endpoints,
            broker.time,
            Clock.fixed(Instant.ofEpochMilli(DataBroker.TIME), ZoneOffset.UTC),
            metrics);
    client = new ApiCaller(handler);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static PartitionProduceData data(int partition, ByteBuffer records) {
    PartitionProduceData data = new PartitionProduceData().setIndex(partition);
    RecordSets.set(data, records);
    return data;
  }

  /** A request; the topics also carry their ids, which versions from 13 on send instead. */
  private ProduceRequestData request(int acks, Object... topicThenData) {
    ProduceRequestData body =
        new ProduceRequestData().setAcks((short) acks).setTimeoutMs(TIMEOUT_MS);
    for (int i = 0; i < topicThenData.length; i += 2) {
      String topic = (String) topicThenData[i];
      boolean known = broker.cluster.image().topic(topic) != null;
      body.topicData()
          .add(
              new TopicProduceData()
                  .setName(topic)
                  .setTopicId(known ? broker.id(topic) : new Uuid(1, 2))
                  .setPartitionData(List.of((PartitionProduceData) topicThenData[i + 1])));
    }
    return body;
  }

  private ProduceResponseData call(int version, ProduceRequestData body) {
    return client.call(version, body, ProduceResponseData.class);
  }

  private PartitionProduceResponse one(int acks, String topic, ByteBuffer records) {
    return results(call(BY_NAME, request(acks, topic, data(0, records)))).get(0);
  }

  private static List<PartitionProduceResponse> results(ProduceResponseData response) {
    return response.responses().stream().flatMap(t -> t.partitionResponses().stream()).toList();
  }

  private static Errors error(PartitionProduceResponse result) {
    return Errors.forCode(result.errorCode());
  }

  private CompletableFuture<PartitionProduceResponse> send(
      ApiCaller from, int acks, String topic, ByteBuffer records) {
    return from.send(BY_NAME, request(acks, topic, data(0, records)), ProduceResponseData.class)
        .thenApply(response -> results(response).get(0));
  }

  @Test
  void everyVersionCarriesOffsetsAndErrors() {
    DataBroker.versions(handler)
        .forEach(
            version -> {
              ByteBuffer corrupt = batch("x");
              corrupt.put(corrupt.limit() - 1, (byte) 99);
              ProduceResponseData answer =
                  call(
                      version,
                      request(
                          1,
                          "solo",
                          data(0, batch("a", "b")),
                          "away",
                          data(0, batch("c")),
                          "pair",
                          data(7, batch("d"))));
              List<PartitionProduceResponse> results = results(answer);
              assertThat(results)
                  .extracting(ProduceHandlerTest::error)
                  .containsExactly(
                      Errors.NONE,
                      Errors.NOT_LEADER_OR_FOLLOWER,
                      Errors.UNKNOWN_TOPIC_OR_PARTITION);
              assertThat(results.get(0).baseOffset())
                  .isEqualTo(2L * (version - handler.minVersion()));
              assertThat(results.get(1).baseOffset()).isEqualTo(-1);
              int leader = results.get(1).currentLeader().leaderId();
              if (version >= 10) {
                assertThat(leader).isEqualTo(1);
                assertThat(results.get(1).currentLeader().leaderEpoch())
                    .isEqualTo(DataBroker.EPOCH);
                assertThat(answer.nodeEndpoints().find(1).host()).isEqualTo("host1");
                assertThat(answer.nodeEndpoints().find(1).port()).isEqualTo(9093);
                assertThat(answer.nodeEndpoints().find(1).rack()).isEqualTo("r1");
              } else {
                assertThat(leader).isEqualTo(-1);
                assertThat(answer.nodeEndpoints()).isEmpty();
              }
              PartitionProduceResponse refused =
                  results(call(version, request(1, "solo", data(1, corrupt)))).get(0);
              assertThat(error(refused)).isEqualTo(Errors.CORRUPT_MESSAGE);
              assertThat(refused.errorMessage() != null).isEqualTo(version >= 8);
            });
    assertThat(broker.hosted.partitions().get("solo", 1).logEndOffset()).isZero();
  }

  @Test
  void everyVersionCarriesTheFailureOfTheWholeRequest() {
    DataBroker.versions(handler)
        .forEach(
            version -> {
              ProduceRequestData body = request(ALL, "solo", data(0, batch("a")));
              ProduceResponseData failed =
                  (ProduceResponseData)
                      ApiCaller.asRead(
                          handler.errorResponse(
                              body, version.shortValue(), Errors.UNKNOWN_SERVER_ERROR, "why"),
                          version);
              assertThat(results(failed))
                  .singleElement()
                  .satisfies(r -> assertThat(error(r)).isEqualTo(Errors.UNKNOWN_SERVER_ERROR));
              assertThat(results(call(version, request(2, "solo", data(0, batch("a"))))))
                  .singleElement()
                  .satisfies(r -> assertThat(error(r)).isEqualTo(Errors.INVALID_REQUIRED_ACKS));
            });
    assertThat(broker.partition("solo").logEndOffset()).isZero();
  }

  @Test
  void withoutAcksNothingIsAnsweredUntilSomethingFails() {
    CompletableFuture<OutboundResponse> stored =
        client.raw(BY_NAME, request(0, "solo", data(0, batch("a"))));
    assertThat(stored.getNow(null).kind()).isEqualTo(OutboundResponse.Kind.NONE);
    assertThat(broker.partition("solo").logEndOffset()).isEqualTo(1);
    CompletableFuture<OutboundResponse> refused =
        client.raw(BY_NAME, request(0, "away", data(0, batch("a")), "solo", data(0, batch("b"))));
    assertThat(refused.getNow(null).kind()).isEqualTo(OutboundResponse.Kind.CLOSE);
    assertThat(broker.partition("solo").logEndOffset()).isEqualTo(2);
  }

  @Test
  void acksOfAllWaitForTheFollower() {
    CompletableFuture<PartitionProduceResponse> sent = send(client, ALL, "pair", batch("a", "b"));
    broker.followerFetches(0);
    assertThat(sent).isNotDone();
    broker.followerFetches(2);
    assertThat(sent).isCompleted();
    assertThat(error(sent.getNow(null))).isEqualTo(Errors.NONE);
    assertThat(sent.getNow(null).baseOffset()).isZero();
    assertThat(error(one(1, "pair", batch("c")))).isEqualTo(Errors.NONE);
  }

  @Test
  void acksOfAllWaitForEveryPartitionAndReportEach() {
    CompletableFuture<ProduceResponseData> sent =
        client.send(
            BY_NAME,
            request(
                ALL,
                "pair",
                data(0, batch("a")),
                "away",
                data(0, batch("b")),
                "solo",
                data(0, batch("c"))),
            ProduceResponseData.class);
    assertThat(sent).isNotDone();
    broker.followerFetches(1);
    assertThat(results(sent.getNow(null)))
        .extracting(ProduceHandlerTest::error)
        .containsExactly(Errors.NONE, Errors.NOT_LEADER_OR_FOLLOWER, Errors.NONE);
  }

  @Test
  void acksOfAllTimeOut() {
    CompletableFuture<PartitionProduceResponse> sent = send(client, ALL, "pair", batch("a"));
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS - 1));
    assertThat(sent).isNotDone();
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(2));
    assertThat(error(sent.getNow(null))).isEqualTo(Errors.REQUEST_TIMED_OUT);
    assertThat(sent.getNow(null).baseOffset()).isEqualTo(-1);
    broker.followerFetches(1);
    assertThat(broker.partition("pair").highWatermark()).isEqualTo(1);
  }

  @Test
  void tooFewInSyncReplicasRefuseAcksOfAllAndStoreNothing() {
    broker.state("pair", 0, DataBroker.EPOCH, 0);
    PartitionProduceResponse refused = one(ALL, "pair", batch("a"));
    assertThat(error(refused)).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    assertThat(broker.partition("pair").logEndOffset()).isZero();
    assertThat(error(one(1, "pair", batch("a")))).isEqualTo(Errors.NONE);
    assertThat(broker.partition("pair").highWatermark()).isZero();
  }

  @Test
  void aLostLeadershipEndsTheWaitAndTellsWhoLeads() {
    CompletableFuture<PartitionProduceResponse> sent = send(client, ALL, "pair", batch("a"));
    broker.state("pair", 1, DataBroker.EPOCH + 1, 0, 1);
    assertThat(error(sent.getNow(null))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    assertThat(sent.getNow(null).currentLeader().leaderId()).isEqualTo(1);
    assertThat(sent.getNow(null).currentLeader().leaderEpoch()).isEqualTo(DataBroker.EPOCH + 1);
  }

  @Test
  void namesTheRecordsAtFault() {
    broker.addTopic("compacted", Map.of("cleanup.policy", "compact"));
    byte[] value = "v".getBytes(StandardCharsets.UTF_8);
    ByteBuffer records =
        new BatchBuilder()
            .add(DataBroker.TIME, value, value)
            .add(DataBroker.TIME, null, value)
            .add(DataBroker.TIME, null, value)
            .build();
    DataBroker.versions(handler)
        .forEach(
            version -> {
              PartitionProduceResponse refused =
                  results(call(version, request(1, "compacted", data(0, records.duplicate()))))
                      .get(0);
              assertThat(error(refused)).isEqualTo(Errors.INVALID_RECORD);
              if (version >= 8) {
                assertThat(refused.recordErrors())
                    .extracting(e -> e.batchIndex())
                    .containsExactly(1, 2);
                assertThat(refused.recordErrors().get(0).batchIndexErrorMessage()).isNotBlank();
              }
            });
  }

  @Test
  void aBatchAboveTheLimitIsRefusedAndCounted() {
    broker.addTopic("small", Map.of("max.message.bytes", "100"));
    assertThat(error(one(1, "small", batch("x".repeat(200))))).isEqualTo(Errors.MESSAGE_TOO_LARGE);
    assertThat(metrics.events).anyMatch(e -> e.startsWith("rejected small "));
    assertThat(error(one(1, "small", batch("x")))).isEqualTo(Errors.NONE);
  }

  @Test
  void aDuplicateOfAnIdempotentProducerGetsItsFirstOffsets() {
    byte[] value = {1};
    BatchBuilder first =
        new BatchBuilder().producer(9, (short) 0, 0).add(DataBroker.TIME, null, value);
    BatchBuilder gap =
        new BatchBuilder().producer(9, (short) 0, 5).add(DataBroker.TIME, null, value);
    assertThat(one(1, "solo", batch("before")).baseOffset()).isZero();
    ByteBuffer bytes = first.build();
    assertThat(one(1, "solo", bytes.duplicate()).baseOffset()).isEqualTo(1);
    PartitionProduceResponse again = one(1, "solo", bytes.duplicate());
    assertThat(error(again)).isEqualTo(Errors.NONE);
    assertThat(again.baseOffset()).isEqualTo(1);
    assertThat(broker.partition("solo").logEndOffset()).isEqualTo(2);
    assertThat(metrics.events.stream().filter(e -> e.startsWith("produced"))).hasSize(2);
    assertThat(error(one(1, "solo", gap.build()))).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
  }

  @Test
  void aDuplicateWithAcksOfAllWaitsLikeItsOriginal() {
    ByteBuffer bytes =
        new BatchBuilder()
            .producer(9, (short) 0, 0)
            .add(DataBroker.TIME, null, new byte[1])
            .build();
    CompletableFuture<PartitionProduceResponse> first =
        send(client, ALL, "pair", bytes.duplicate());
    CompletableFuture<PartitionProduceResponse> again =
        send(client, ALL, "pair", bytes.duplicate());
    assertThat(again).isNotDone();
    broker.followerFetches(1);
    assertThat(first.getNow(null).baseOffset()).isZero();
    assertThat(again.getNow(null).baseOffset()).isZero();
    assertThat(error(again.getNow(null))).isEqualTo(Errors.NONE);
  }

  @Test
  void transactionsAreRefused() {
    ProduceRequestData body =
        request(ALL, "solo", data(0, batch("a"))).setTransactionalId("transaction");
    assertThat(results(call(BY_NAME, body)))
        .extracting(ProduceHandlerTest::error)
        .containsExactly(Errors.INVALID_TXN_STATE);
  }

  @Test
  void anUnknownTopicIdIsAnsweredOnceItMightHaveShownUp() {
    ProduceRequestData body = request(1, "solo", data(0, batch("a")));
    body.topicData().forEach(topic -> topic.setTopicId(new Uuid(3, 4)));
    CompletableFuture<ProduceResponseData> sent = client.send(13, body, ProduceResponseData.class);
    assertThat(sent).isNotDone();
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(1_050));
    assertThat(results(sent.getNow(null)))
        .extracting(ProduceHandlerTest::error)
        .containsExactly(Errors.UNKNOWN_TOPIC_ID);
    assertThat(broker.partition("solo").logEndOffset()).isZero();
  }

  @Test
  void theIdOfADeletedTopicDoesNotWriteToItsSuccessor() {
    ProduceRequestData old = request(1, "solo", data(0, batch("a")));
    broker.cluster.change(image -> image.removeTopic("solo"));
    broker.hosted.show();
    broker.addTopic("solo", Map.of());
    CompletableFuture<ProduceResponseData> sent = client.send(13, old, ProduceResponseData.class);
    broker.time.advance(TimeUnit.SECONDS.toNanos(2));
    assertThat(results(sent.getNow(null)))
        .extracting(ProduceHandlerTest::error)
        .containsExactly(Errors.UNKNOWN_TOPIC_ID);
    assertThat(broker.partition("solo").logEndOffset()).isZero();
  }

  @Test
  void anEarlyRequestWaitsAndThoseBehindItKeepTheirOrder() {
    List<String> order = new ArrayList<>();
    var early = send(client, 1, "new", batch("a")).whenComplete((r, e) -> order.add("early"));
    var behind = send(client, 1, "solo", batch("b")).whenComplete((r, e) -> order.add("behind"));
    assertThat(Stream.of(early, behind)).noneMatch(CompletableFuture::isDone);
    assertThat(broker.partition("solo").logEndOffset()).isZero();
    assertThat(send(new ApiCaller(handler), 1, "solo", batch("other"))).isCompleted();

    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(early).isNotDone();
    broker.addTopic("new", Map.of());
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(error(early.getNow(null))).isEqualTo(Errors.NONE);
    assertThat(behind.getNow(null).baseOffset()).isEqualTo(1);
    assertThat(order).containsExactly("early", "behind");
    assertThat(send(client, 1, "solo", batch("after"))).isCompleted();
  }

  @Test
  void anEarlyRequestWithoutAcksIsNotLost() {
    CompletableFuture<OutboundResponse> early =
        client.raw(BY_NAME, request(0, "new", data(0, batch("a"))));
    broker.addTopic("new", Map.of());
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(early.getNow(null).kind()).isEqualTo(OutboundResponse.Kind.NONE);
    assertThat(broker.partition("new").logEndOffset()).isEqualTo(1);
  }

  @Test
  void aTopicThatDoesNotComeIsUnknown() {
    var never = send(client, 1, "never", batch("a"));
    var behind = send(client, 1, "never", batch("b"));
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(980));
    assertThat(never).isNotDone();
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(60));
    assertThat(error(never.getNow(null))).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(error(behind.getNow(null))).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
  }

  @Test
  void theComingLeaderHoldsRequestsUntilItLeads() {
    broker.state("pair", 1, DataBroker.EPOCH + 1, 0, 1);
    assertThat(error(one(1, "pair", batch("a")))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    broker.cluster.setState(
        "pair",
        0,
        new io.ottla.coordination.cluster.PartitionState(
            1,
            0,
            DataBroker.EPOCH + 2,
            broker.cluster.image().partition("pair", 0).state().isr(),
            List.of(),
            false));
    var early = send(client, 1, "pair", batch("a"));
    assertThat(early).isNotDone();
    broker.hosted.show();
    broker.time.advance(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(error(early.getNow(null))).isEqualTo(Errors.NONE);
  }

  @Test
  void everyReasonOfStorageHasAnErrorOfItsOwn() {
    assertThat(BatchRejectedException.Reason.values())
        .extracting(RejectionErrors::of)
        .doesNotHaveDuplicates()
        .doesNotContainNull()
        .doesNotContain(Errors.NONE);
  }

  private static final class Counted implements TrafficMetrics {
    private final List<String> events = new ArrayList<>();

    @Override
    public void produceRequest(String topic) {}

    @Override
    public void produced(String topic, int records, int bytes) {
      events.add("produced " + topic + " " + records);
    }

    @Override
    public void produceFailed(String topic) {
      events.add("failed " + topic);
    }

    @Override
    public void bytesRejected(String topic, int bytes) {
      events.add("rejected " + topic + " " + bytes);
    }

    @Override
    public void fetchRequest(String topic) {}

    @Override
    public void fetched(String topic, int bytes, boolean follower) {}

    @Override
    public void fetchFailed(String topic) {}
  }
}
