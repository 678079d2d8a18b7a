package io.ottla.core.replication;

import io.ottla.core.partition.FollowerPosition;
import io.ottla.core.partition.Partition;
import io.ottla.network.client.ClientResponse;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out why a leader calls a follower's offset out of range, and restarts the follower's log
 * where that is right: at the leader's log start when the follower ended before it, and at the
 * leader's end when the follower holds no record at all. Records are never dropped otherwise; a
 * follower that holds some is told of a divergence of epochs instead.
 */
final class RangeLookup {
  private static final Logger LOG = LoggerFactory.getLogger(RangeLookup.class);
  private static final long EARLIEST = -2;
  private static final long LATEST = -1;

  private final int selfId;
  private final Partition partition;
  private final FollowerPosition position;

  /** Sends a request of the fetcher. */
  interface Sender {
    void send(ApiKeys key, Object request, BiConsumer<ClientResponse, Throwable> onAnswer);
  }

  RangeLookup(int selfId, Partition partition, FollowerPosition position) {
    this.selfId = selfId;
    this.partition = partition;
    this.position = position;
  }

  /**
   * @param done told whether fetching can go on at once
   */
  void run(Sender sender, Consumer<Boolean> done) {
    ask(
        sender,
        EARLIEST,
        done,
        start -> {
          if (position.offset() < start) {
            done.accept(restart(start));
          } else if (position.offset() > position.logStart()) {
            LOG.warn(
                "{}: offset {} is out of the leader's range, which starts at {}",
                partition,
                position.offset(),
                start);
            done.accept(false);
          } else {
            ask(sender, LATEST, done, end -> done.accept(end < position.offset() && restart(end)));
          }
        });
  }

  private boolean restart(long offset) {
    try {
      return partition.restartAt(position.leaderEpoch(), position.offset(), offset);
    } catch (ApiException e) {
      return false; // the partition is out of service and has said why
    }
  }

  private void ask(Sender sender, long timestamp, Consumer<Boolean> done, LongConsumer onOffset) {
    ListOffsetsRequestData request =
        new ListOffsetsRequestData()
            .setReplicaId(selfId)
            .setTopics(
                List.of(
                    new ListOffsetsTopic()
                        .setName(partition.topic())
                        .setPartitions(
                            List.of(
                                new ListOffsetsPartition()
                                    .setPartitionIndex(partition.partition())
                                    .setCurrentLeaderEpoch(position.leaderEpoch())
                                    .setTimestamp(timestamp)))));
    sender.send(
        ApiKeys.LIST_OFFSETS,
        request,
        (response, error) -> {
          if (error != null) {
            LOG.info("{}: cannot look up the leader's log range: {}", partition, error.toString());
            done.accept(false);
            return;
          }
          for (ListOffsetsTopicResponse topic :
              response.body(ListOffsetsResponseData.class).topics()) {
            for (ListOffsetsPartitionResponse answer : topic.partitions()) {
              if (answer.errorCode() == Errors.NONE.code() && answer.offset() >= 0) {
                onOffset.accept(answer.offset());
                return;
              }
            }
          }
          done.accept(false);
        });
  }
}
