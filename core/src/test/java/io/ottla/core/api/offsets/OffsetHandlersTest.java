package io.ottla.core.api.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.DataBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OffsetHandlersTest {
  private static final long LATEST = -1;
  private static final long EARLIEST = -2;
  private static final long MAX_TIMESTAMP = -3;
  private static final long EARLIEST_LOCAL = -4;
  private static final long LATEST_TIERED = -5;
  private static final int NEWEST = 11;

  @TempDir Path directory;
  private DataBroker broker;
  private ListOffsetsHandler listOffsets;
  private OffsetForLeaderEpochHandler epochs;
  private ApiCaller client;

  @BeforeEach
  void start() throws Exception {
    broker = new DataBroker(directory);
    listOffsets = new ListOffsetsHandler(broker.hosted.partitions());
    epochs = new OffsetForLeaderEpochHandler(broker.hosted.partitions());
    client = new ApiCaller(listOffsets, epochs);
    broker.append("solo", "a", "b");
    broker.append("solo", "c");
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static ListOffsetsRequestData ask(String topic, int partition, long timestamp) {
    return new ListOffsetsRequestData()
        .setReplicaId(-1)
        .setTopics(
            List.of(
                new ListOffsetsTopic()
                    .setName(topic)
                    .setPartitions(
                        List.of(
                            new ListOffsetsPartition()
                                .setPartitionIndex(partition)
                                .setTimestamp(timestamp)))));
  }

  private ListOffsetsPartitionResponse list(int version, ListOffsetsRequestData body) {
    return client
        .call(version, body, ListOffsetsResponseData.class)
        .topics()
        .get(0)
        .partitions()
        .get(0);
  }

  private static Errors error(ListOffsetsPartitionResponse found) {
    return Errors.forCode(found.errorCode());
  }

  @Test
  void everyVersionCarriesOffsetsAndErrors() {
    DataBroker.versions(listOffsets)
        .forEach(
            version -> {
              ListOffsetsPartitionResponse latest = list(version, ask("solo", 0, LATEST));
              assertThat(error(latest)).isEqualTo(Errors.NONE);
              assertThat(latest.offset()).isEqualTo(3);
              assertThat(latest.timestamp()).isEqualTo(-1);
              assertThat(latest.leaderEpoch()).isEqualTo(version >= 4 ? DataBroker.EPOCH : -1);
              assertThat(list(version, ask("solo", 0, EARLIEST)).offset()).isZero();
              ListOffsetsPartitionResponse byTime =
                  list(version, ask("solo", 0, DataBroker.TIME + 1));
              assertThat(byTime.offset()).isEqualTo(1);
              assertThat(byTime.timestamp()).isEqualTo(DataBroker.TIME + 1);
              ListOffsetsPartitionResponse later = list(version, ask("solo", 0, Long.MAX_VALUE));
              assertThat(error(later)).isEqualTo(Errors.NONE);
              assertThat(later.offset()).isEqualTo(-1);
              assertThat(error(list(version, ask("away", 0, LATEST))))
                  .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
              assertThat(error(list(version, ask("solo", 9, LATEST))))
                  .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
              assertThat(error(list(version, ask("never", 0, LATEST))))
                  .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
              ListOffsetsResponseData failed =
                  (ListOffsetsResponseData)
                      ApiCaller.asRead(
                          listOffsets.errorResponse(
                              ask("solo", 0, LATEST),
                              version.shortValue(),
                              Errors.UNKNOWN_SERVER_ERROR,
                              "why"),
                          version);
              assertThat(error(failed.topics().get(0).partitions().get(0)))
                  .isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
            });
  }

  @Test
  void specialValuesAreServedFromTheVersionThatBroughtThem() {
    ListOffsetsPartitionResponse largest = list(7, ask("solo", 0, MAX_TIMESTAMP));
    assertThat(largest.offset()).isEqualTo(1);
    assertThat(largest.timestamp()).isEqualTo(DataBroker.TIME + 1);
    assertThat(list(8, ask("solo", 0, EARLIEST_LOCAL)).offset()).isZero();
    assertThat(list(9, ask("solo", 0, LATEST_TIERED)).offset()).isEqualTo(-1);
    assertThat(
            Stream.of(
                list(6, ask("solo", 0, MAX_TIMESTAMP)),
                list(7, ask("solo", 0, EARLIEST_LOCAL)),
                list(8, ask("solo", 0, LATEST_TIERED)),
                list(NEWEST, ask("solo", 0, -7)),
                list(NEWEST, ask("solo", 0, Long.MIN_VALUE))))
        .extracting(OffsetHandlersTest::error)
        .containsOnly(Errors.UNSUPPORTED_VERSION);
  }

  @Test
  void anEmptyPartitionHasNoLargestTimestamp() {
    ListOffsetsPartitionResponse none = list(NEWEST, ask("solo", 1, MAX_TIMESTAMP));
    assertThat(error(none)).isEqualTo(Errors.NONE);
    assertThat(none.offset()).isEqualTo(-1);
    assertThat(none.timestamp()).isEqualTo(-1);
    assertThat(list(NEWEST, ask("solo", 1, LATEST)).offset()).isZero();
  }

  @Test
  void consumersSeeOnlyWhatIsReplicated() throws Exception {
    broker.append("pair", "a");
    assertThat(list(NEWEST, ask("pair", 0, LATEST)).offset()).isZero();
    assertThat(list(NEWEST, ask("pair", 0, LATEST).setIsolationLevel((byte) 1)).offset()).isZero();
    assertThat(list(NEWEST, ask("pair", 0, DataBroker.TIME)).offset()).isEqualTo(-1);
    assertThat(list(NEWEST, ask("pair", 0, LATEST).setReplicaId(1)).offset()).isEqualTo(1);
    broker.followerFetches(1);
    assertThat(list(NEWEST, ask("pair", 0, LATEST)).offset()).isEqualTo(1);
    assertThat(list(NEWEST, ask("pair", 0, DataBroker.TIME)).offset()).isZero();
  }

  @Test
  void aNewLeaderDoesNotGuessOffsetsItsPredecessorMayHaveShown() throws Exception {
    broker.append("pair", "a");
    broker.state("pair", 1, DataBroker.EPOCH + 1, 0, 1);
    broker.state("pair", 0, DataBroker.EPOCH + 2, 0, 1);
    assertThat(error(list(5, ask("pair", 0, LATEST)))).isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
    assertThat(error(list(4, ask("pair", 0, LATEST)))).isEqualTo(Errors.LEADER_NOT_AVAILABLE);
    broker.followerFetches(1);
    assertThat(list(5, ask("pair", 0, LATEST)).offset()).isEqualTo(1);
  }

  @Test
  void checksTheLeaderEpochAndRefusesDuplicates() {
    ListOffsetsRequestData old = ask("solo", 0, LATEST);
    old.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(DataBroker.EPOCH - 1);
    assertThat(error(list(NEWEST, old))).isEqualTo(Errors.FENCED_LEADER_EPOCH);
    ListOffsetsRequestData ahead = ask("solo", 0, LATEST);
    ahead.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(DataBroker.EPOCH + 1);
    assertThat(error(list(NEWEST, ahead))).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    ListOffsetsPartition one = new ListOffsetsPartition().setTimestamp(LATEST);
    ListOffsetsRequestData twice =
        new ListOffsetsRequestData()
            .setReplicaId(-1)
            .setTopics(
                List.of(
                    new ListOffsetsTopic()
                        .setName("solo")
                        .setPartitions(List.of(one, one.duplicate()))));
    assertThat(
            client.call(NEWEST, twice, ListOffsetsResponseData.class).topics().get(0).partitions())
        .extracting(OffsetHandlersTest::error)
        .containsExactly(Errors.NONE, Errors.INVALID_REQUEST);
  }

  private static OffsetForLeaderEpochRequestData endOf(
      String topic, int partition, int currentEpoch, int epoch) {
    OffsetForLeaderEpochRequestData body = new OffsetForLeaderEpochRequestData();
    body.topics()
        .add(
            new OffsetForLeaderTopic()
                .setTopic(topic)
                .setPartitions(
                    List.of(
                        new OffsetForLeaderPartition()
                            .setPartition(partition)
                            .setCurrentLeaderEpoch(currentEpoch)
                            .setLeaderEpoch(epoch))));
    return body;
  }

  private EpochEndOffset end(int version, OffsetForLeaderEpochRequestData body) {
    return client
        .call(version, body, OffsetForLeaderEpochResponseData.class)
        .topics()
        .iterator()
        .next()
        .partitions()
        .get(0);
  }

  @Test
  void everyVersionTellsWhereAnEpochEndedAndErrors() {
    DataBroker.versions(epochs)
        .forEach(
            version -> {
              EpochEndOffset known = end(version, endOf("solo", 0, -1, DataBroker.EPOCH));
              assertThat(Errors.forCode(known.errorCode())).isEqualTo(Errors.NONE);
              assertThat(known.leaderEpoch()).isEqualTo(DataBroker.EPOCH);
              assertThat(known.endOffset()).isEqualTo(3);
              EpochEndOffset future = end(version, endOf("solo", 0, -1, DataBroker.EPOCH + 3));
              assertThat(future.endOffset()).isEqualTo(-1);
              assertThat(future.leaderEpoch()).isEqualTo(-1);
              assertThat(
                      Stream.of(
                              end(version, endOf("away", 0, -1, 5)),
                              end(version, endOf("never", 0, -1, 5)),
                              end(version, endOf("solo", 0, DataBroker.EPOCH - 1, 5)),
                              end(version, endOf("solo", 0, DataBroker.EPOCH + 1, 5)))
                          .map(found -> Errors.forCode(found.errorCode())))
                  .containsExactly(
                      Errors.NOT_LEADER_OR_FOLLOWER,
                      Errors.UNKNOWN_TOPIC_OR_PARTITION,
                      Errors.FENCED_LEADER_EPOCH,
                      Errors.UNKNOWN_LEADER_EPOCH);
              OffsetForLeaderEpochResponseData failed =
                  (OffsetForLeaderEpochResponseData)
                      ApiCaller.asRead(
                          epochs.errorResponse(
                              endOf("solo", 0, -1, 5),
                              version.shortValue(),
                              Errors.UNKNOWN_SERVER_ERROR,
                              "why"),
                          version);
              assertThat(failed.topics().iterator().next().partitions().get(0).errorCode())
                  .isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
            });
  }

  @Test
  void anOldEpochEndsWhereTheNextOneBegan() throws Exception {
    broker.state("solo", 0, DataBroker.EPOCH + 2, 0);
    broker.append("solo", "d");
    EpochEndOffset old = end(4, endOf("solo", 0, -1, DataBroker.EPOCH));
    assertThat(old.endOffset()).isEqualTo(3);
    EpochEndOffset between = end(4, endOf("solo", 0, -1, DataBroker.EPOCH + 1));
    assertThat(between.leaderEpoch()).isEqualTo(DataBroker.EPOCH);
    assertThat(between.endOffset()).isEqualTo(3);
    assertThat(end(4, endOf("solo", 0, -1, DataBroker.EPOCH + 2)).endOffset()).isEqualTo(4);
  }
}
