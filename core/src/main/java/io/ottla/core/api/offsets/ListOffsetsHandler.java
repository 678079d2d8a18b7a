package io.ottla.core.api.offsets;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.partition.FetchIsolation;
import io.ottla.core.partition.OffsetLookup;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
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
 * ListOffsets: the offset at a time, or one of the special values -1 (latest) to -6.
 *
 * <p>Runs on the blocking executor: a look-up by time may read segments from disk.
 */
public final class ListOffsetsHandler implements ApiHandler<ListOffsetsRequestData> {

  private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);
  private static final short FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE = 5;
  private static final short FIRST_VERSION_WITH_LEADER_EPOCH = 4;
  private static final byte READ_COMMITTED = 1;
  private static final long MAX_TIMESTAMP = -3;

  /** By special value -n at index n: the first version that may ask for it. */
  private static final short[] SINCE_VERSION = {0, 0, 0, 7, 8, 9, 11};

  private static final int CONSUMER = -1;

  private final Partitions partitions;

  public ListOffsetsHandler(Partitions partitions) {
    this.partitions = partitions;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.LIST_OFFSETS;
  }

  @Override
  public Class<ListOffsetsRequestData> requestType() {
    return ListOffsetsRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, ListOffsetsRequestData body) {
    FetchIsolation isolation = isolation(body);
    Set<TopicPartition> seen = new HashSet<>();
    ListOffsetsResponseData response = new ListOffsetsResponseData();
    for (ListOffsetsTopic topic : body.topics()) {
      List<ListOffsetsPartitionResponse> results = new ArrayList<>(topic.partitions().size());
      for (ListOffsetsPartition partition : topic.partitions()) {
        boolean first = seen.add(new TopicPartition(topic.name(), partition.partitionIndex()));
        results.add(
            first
                ? lookUp(request.version(), topic.name(), partition, isolation)
                : failure(partition, Errors.INVALID_REQUEST));
      }
      response
          .topics()
          .add(new ListOffsetsTopicResponse().setName(topic.name()).setPartitions(results));
    }
    request.respond(OutboundResponse.message(response));
  }

  private static FetchIsolation isolation(ListOffsetsRequestData body) {
    if (body.replicaId() != CONSUMER) {
      return FetchIsolation.LOG_END;
    }
    return body.isolationLevel() == READ_COMMITTED
        ? FetchIsolation.COMMITTED
        : FetchIsolation.HIGH_WATERMARK;
  }

  private ListOffsetsPartitionResponse lookUp(
      short version, String topic, ListOffsetsPartition asked, FetchIsolation isolation) {
    long timestamp = asked.timestamp();
    if (!supported(timestamp, version)) {
      return failure(asked, Errors.UNSUPPORTED_VERSION);
    }
    try {
      Partition partition = partitions.require(topic, asked.partitionIndex());
      OffsetLookup found =
          partition.lookupTimestamp(timestamp, isolation, asked.currentLeaderEpoch());
      return new ListOffsetsPartitionResponse()
          .setPartitionIndex(asked.partitionIndex())
          .setTimestamp(timestamp >= 0 || timestamp == MAX_TIMESTAMP ? found.timestamp() : -1)
          .setOffset(found.offset())
          .setLeaderEpoch(version >= FIRST_VERSION_WITH_LEADER_EPOCH ? found.leaderEpoch() : -1);
    } catch (ApiException refused) {
      Errors error = Errors.forException(refused);
      boolean unknownToClient =
          error == Errors.OFFSET_NOT_AVAILABLE && version < FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE;
      return failure(asked, unknownToClient ? Errors.LEADER_NOT_AVAILABLE : error);
    } catch (RuntimeException unexpected) {
      LOG.error(
          "Look-up of time {} in {}-{} failed",
          timestamp,
          topic,
          asked.partitionIndex(),
          unexpected);
      return failure(asked, Errors.UNKNOWN_SERVER_ERROR);
    }
  }

  private static boolean supported(long timestamp, short version) {
    if (timestamp >= 0) {
      return true;
    }
    return timestamp > -SINCE_VERSION.length && version >= SINCE_VERSION[(int) -timestamp];
  }

  private static ListOffsetsPartitionResponse failure(ListOffsetsPartition asked, Errors error) {
    return new ListOffsetsPartitionResponse()
        .setPartitionIndex(asked.partitionIndex())
        .setErrorCode(error.code())
        .setTimestamp(-1)
        .setOffset(-1);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (ListOffsetsTopicResponse topic : ((ListOffsetsResponseData) response).topics()) {
      topic.partitions().forEach(partition -> counter.count(partition.errorCode()));
    }
  }

  @Override
  public ListOffsetsResponseData errorResponse(
      ListOffsetsRequestData body, short version, Errors error, String message) {
    ListOffsetsResponseData response = new ListOffsetsResponseData();
    for (ListOffsetsTopic topic : body.topics()) {
      response
          .topics()
          .add(
              new ListOffsetsTopicResponse()
                  .setName(topic.name())
                  .setPartitions(
                      topic.partitions().stream().map(asked -> failure(asked, error)).toList()));
    }
    return response;
  }
}
