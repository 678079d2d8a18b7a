package io.ottla.core.api.produce;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.LeaderEndpoints;
import io.ottla.core.api.TrafficMetrics;
import io.ottla.core.partition.AppendOutcome;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.BatchRejectedException;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.codec.RecordSets;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produce, run to completion on the connection's event loop: each record set is appended as the
 * slice of the frame in which it arrived, then the frame is given back, so a request that waits for
 * replication holds no bytes.
 *
 * <p>Stateless; {@link PendingProduce} is the one object of a request that waits.
 */
public final class ProduceHandler implements ApiHandler<ProduceRequestData> {

  private static final Logger LOG = LoggerFactory.getLogger(ProduceHandler.class);
  private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;
  private static final short FIRST_VERSION_WITH_LEADER_HINTS = 10;
  private static final short ACKS_ALL = -1;

  private final Partitions partitions;
  private final Supplier<ClusterImage> image;
  private final LeaderEndpoints endpoints;
  private final Deadlines deadlines;
  private final Clock clock;
  private final TrafficMetrics metrics;
  private final EarlyRequests early;

  /** All parameters are shared with the rest of the broker; the handler closes none of them. */
  public ProduceHandler(
      int brokerId,
      Partitions partitions,
      Supplier<ClusterImage> image,
      LeaderEndpoints endpoints,
      Deadlines deadlines,
      Clock clock,
      TrafficMetrics metrics) {
    this.partitions = partitions;
    this.image = image;
    this.endpoints = endpoints;
    this.deadlines = deadlines;
    this.clock = clock;
    this.metrics = metrics;
    this.early = new EarlyRequests(brokerId, partitions, image, deadlines, this::serve);
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.PRODUCE;
  }

  @Override
  public Class<ProduceRequestData> requestType() {
    return ProduceRequestData.class;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (TopicProduceResponse topic : ((ProduceResponseData) response).responses()) {
      for (PartitionProduceResponse partition : topic.partitionResponses()) {
        counter.count(partition.errorCode());
      }
    }
  }

  @Override
  public void handle(InboundRequest request, ProduceRequestData body) {
    short acks = body.acks();
    if (acks != 0 && acks != 1 && acks != ACKS_ALL) {
      request.respond(
          OutboundResponse.message(
              errorResponse(
                  body,
                  request.version(),
                  Errors.INVALID_REQUIRED_ACKS,
                  "acks is " + acks + "; it must be 0, 1 or -1 (all)")));
      return;
    }
    if (body.transactionalId() != null) {
      refuse(
          request,
          body,
          Errors.INVALID_TXN_STATE,
          "This broker does not run transactions; transactional.id '"
              + body.transactionalId()
              + "' cannot write");
      return;
    }
    if (!early.hold(request, body)) {
      serve(request, body);
    }
  }

  private void serve(InboundRequest request, ProduceRequestData body) {
    short acks = body.acks();
    ProduceResponseData response = new ProduceResponseData();
    List<Awaited> awaited = acks == ACKS_ALL ? new ArrayList<>() : List.of();
    boolean failed = append(request, body, response, awaited);
    request.releaseFrame();
    if (acks == 0) {
      // No answer is due, so closing the connection is the only way to tell that data was refused.
      request.respond(
          failed
              ? OutboundResponse.closeConnection("a record set sent with acks=0 was refused")
              : OutboundResponse.none());
    } else if (awaited.isEmpty()) {
      answer(request, response);
    } else {
      long deadline =
          deadlines.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, body.timeoutMs()));
      new PendingProduce(this, request, response, awaited.size()).await(awaited, deadline);
    }
  }

  /** Appends every record set in order; true when at least one was refused. */
  private boolean append(
      InboundRequest request,
      ProduceRequestData body,
      ProduceResponseData response,
      List<Awaited> awaited) {
    boolean failed = false;
    long nowMs = clock.millis();
    boolean byId = request.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
    for (TopicProduceData topicData : body.topicData()) {
      TopicProduceResponse topicResponse =
          new TopicProduceResponse().setName(topicData.name()).setTopicId(topicData.topicId());
      response.responses().add(topicResponse);
      String topic = byId ? nameOf(topicData.topicId()) : topicData.name();
      if (topic != null) {
        metrics.produceRequest(topic);
      }
      List<PartitionProduceResponse> results = new ArrayList<>(topicData.partitionData().size());
      topicResponse.setPartitionResponses(results);
      for (PartitionProduceData data : topicData.partitionData()) {
        PartitionProduceResponse result = new PartitionProduceResponse().setIndex(data.index());
        results.add(result);
        if (topic == null) {
          setError(result, Errors.UNKNOWN_TOPIC_ID, "No topic has the id " + topicData.topicId());
          failed = true;
        } else {
          Uuid id = byId ? topicData.topicId() : null;
          failed |= !appendOne(request, body.acks(), topic, id, data, nowMs, result, awaited);
        }
      }
    }
    return failed;
  }

  private boolean appendOne(
      InboundRequest request,
      short acks,
      String topic,
      Uuid topicId,
      PartitionProduceData data,
      long nowMs,
      PartitionProduceResponse result,
      List<Awaited> awaited) {
    ByteBuffer records = RecordSets.bytes(data);
    int bytes = records.remaining();
    try {
      Partition partition = partitions.require(topic, data.index());
      if (topicId != null && !topicId.equals(partition.topicId())) {
        // The name was deleted and created again: the id is the topic.
        throw new UnknownTopicIdException("No replica of topic id " + topicId + " is here");
      }
      AppendOutcome outcome = partition.append(records, acks, nowMs);
      result
          .setBaseOffset(outcome.result().baseOffset())
          .setLogAppendTimeMs(outcome.result().logAppendTimeMs())
          .setLogStartOffset(partition.logStartOffset());
      if (!outcome.result().duplicate()) {
        metrics.produced(topic, outcome.result().records(), bytes);
      }
      if (acks == ACKS_ALL) {
        awaited.add(new Awaited(partition, outcome, result));
      }
      return true;
    } catch (BatchRejectedException rejected) {
      reject(topic, result, rejected, bytes);
    } catch (ApiException refused) {
      fail(request, topic, data.index(), result, refused);
    } catch (RuntimeException unexpected) {
      LOG.error("Append to {}-{} failed", topic, data.index(), unexpected);
      metrics.produceFailed(topic);
      setError(result, Errors.UNKNOWN_SERVER_ERROR, unexpected.toString());
    }
    return false;
  }

  private void reject(
      String topic, PartitionProduceResponse result, BatchRejectedException rejected, int bytes) {
    metrics.produceFailed(topic);
    if (rejected.reason() == BatchRejectedException.Reason.MESSAGE_TOO_LARGE
        || rejected.reason() == BatchRejectedException.Reason.RECORD_LIST_TOO_LARGE) {
      metrics.bytesRejected(topic, bytes);
    }
    setError(result, RejectionErrors.of(rejected.reason()), rejected.getMessage());
    for (BatchRejectedException.RecordError error : rejected.recordErrors()) {
      result
          .recordErrors()
          .add(
              new BatchIndexAndErrorMessage()
                  .setBatchIndex(error.batchIndex())
                  .setBatchIndexErrorMessage(error.message()));
    }
  }

  /** Puts a partition's failure into its result, with the hint where its leader is (KIP-951). */
  void fail(
      InboundRequest request,
      String topic,
      int partition,
      PartitionProduceResponse result,
      ApiException failure) {
    metrics.produceFailed(topic);
    Errors error = Errors.forException(failure);
    setError(result, error, failure.getMessage());
    if (error == Errors.NOT_LEADER_OR_FOLLOWER
        && request.version() >= FIRST_VERSION_WITH_LEADER_HINTS) {
      PartitionImage known = image.get().partition(topic, partition);
      if (known != null && known.state() != null) {
        result
            .currentLeader()
            .setLeaderId(known.state().leader())
            .setLeaderEpoch(known.state().leaderEpoch());
      }
    }
  }

  /** Adds the addresses of the leaders hinted at and sends the answer. */
  void answer(InboundRequest request, ProduceResponseData response) {
    if (request.version() >= FIRST_VERSION_WITH_LEADER_HINTS) {
      addEndpoints(request, response);
    }
    request.respond(OutboundResponse.message(response));
  }

  private void addEndpoints(InboundRequest request, ProduceResponseData response) {
    for (TopicProduceResponse topic : response.responses()) {
      for (PartitionProduceResponse partition : topic.partitionResponses()) {
        int leader = partition.currentLeader().leaderId();
        if (leader >= 0 && response.nodeEndpoints().find(leader) == null) {
          endpoints
              .of(request.context(), leader)
              .ifPresent(
                  node ->
                      response
                          .nodeEndpoints()
                          .add(
                              new ProduceResponseData.NodeEndpoint()
                                  .setNodeId(leader)
                                  .setHost(node.host())
                                  .setPort(node.port())
                                  .setRack(node.rack())));
        }
      }
    }
  }

  private String nameOf(Uuid topicId) {
    TopicImage topic = image.get().topic(topicId);
    return topic == null ? null : topic.name();
  }

  private void refuse(
      InboundRequest request, ProduceRequestData body, Errors error, String message) {
    request.respond(
        body.acks() == 0
            ? OutboundResponse.closeConnection(message)
            : OutboundResponse.message(errorResponse(body, request.version(), error, message)));
  }

  private static void setError(PartitionProduceResponse result, Errors error, String message) {
    result
        .setErrorCode(error.code())
        .setBaseOffset(-1)
        .setLogAppendTimeMs(-1)
        .setLogStartOffset(-1)
        .setErrorMessage(message);
  }

  @Override
  public ProduceResponseData errorResponse(
      ProduceRequestData body, short version, Errors error, String message) {
    ProduceResponseData response = new ProduceResponseData();
    for (TopicProduceData topicData : body.topicData()) {
      List<PartitionProduceResponse> results = new ArrayList<>(topicData.partitionData().size());
      for (PartitionProduceData data : topicData.partitionData()) {
        PartitionProduceResponse result = new PartitionProduceResponse().setIndex(data.index());
        setError(result, error, message);
        results.add(result);
      }
      response
          .responses()
          .add(
              new TopicProduceResponse()
                  .setName(topicData.name())
                  .setTopicId(topicData.topicId())
                  .setPartitionResponses(results));
    }
    return response;
  }

  /** One appended record set whose replication is waited for. */
  record Awaited(Partition partition, AppendOutcome outcome, PartitionProduceResponse result) {}
}
