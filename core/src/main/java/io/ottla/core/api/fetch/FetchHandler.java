package io.ottla.core.api.fetch;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.LeaderEndpoints;
import io.ottla.core.api.TrafficMetrics;
import io.ottla.core.partition.Partitions;
import io.ottla.core.waiting.Deadlines;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Fetch, for consumers and followers alike: finds or makes the session, then runs a {@link
 * FetchTask} on the connection's event loop, which answers or parks.
 */
public final class FetchHandler implements ApiHandler<FetchRequestData> {

  private static final short FIRST_VERSION_WITH_SESSIONS = 7;
  private static final int NO_SESSION = 0;
  private static final int INITIAL_EPOCH = 0;
  private static final int FINAL_EPOCH = -1;

  private final FetchServices services;
  private final FetchSessions sessions;
  private final int maxResponseBytes;

  /**
   * @param maxResponseBytes {@code fetch.max.bytes}: no answer is larger, save for a single batch
   */
  public FetchHandler(
      Partitions partitions,
      Supplier<ClusterImage> image,
      LeaderEndpoints endpoints,
      Deadlines deadlines,
      FetchSessions sessions,
      TrafficMetrics metrics,
      int maxResponseBytes) {
    this.services = new FetchServices(partitions, image, endpoints, deadlines, metrics);
    this.sessions = sessions;
    this.maxResponseBytes = maxResponseBytes;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.FETCH;
  }

  @Override
  public Class<FetchRequestData> requestType() {
    return FetchRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, FetchRequestData body) {
    long now = services.deadlines().nanoTime();
    FetchParameters parameters =
        FetchParameters.of(
            body,
            request.version(),
            maxResponseBytes,
            now + TimeUnit.MILLISECONDS.toNanos(waitMs(request.version(), body)));
    int id = body.sessionId();
    int epoch = body.sessionEpoch();
    if (request.version() < FIRST_VERSION_WITH_SESSIONS || epoch == FINAL_EPOCH) {
      sessions.remove(id);
      start(request, parameters, requested(body, parameters), null, false);
    } else if (epoch == INITIAL_EPOCH) {
      sessions.remove(id);
      List<FetchTarget> targets = requested(body, parameters);
      FetchSession created =
          sessions.create(parameters.replicaId(), parameters.byTopicId(), targets, now);
      start(request, parameters, targets, created, false);
    } else {
      continueSession(request, body, parameters, sessions.find(id), now);
    }
  }

  private long waitMs(short version, FetchRequestData body) {
    long asked = Math.max(0, body.maxWaitMs());
    return FetchParameters.replicaId(body, version) < 0
        ? asked
        : services.partitions().followerWaitMs(asked);
  }

  private void continueSession(
      InboundRequest request,
      FetchRequestData body,
      FetchParameters parameters,
      FetchSession session,
      long now) {
    Errors error = Errors.NONE;
    if (session == null || session.replicaId() != parameters.replicaId()) {
      error = Errors.FETCH_SESSION_ID_NOT_FOUND;
    } else if (session.byTopicId() != parameters.byTopicId()) {
      error = Errors.FETCH_SESSION_TOPIC_ID_ERROR;
    } else if (!session.advance(body, now)) {
      error = Errors.INVALID_FETCH_SESSION_EPOCH;
    }
    if (error == Errors.NONE) {
      start(request, parameters, session.targets(), session, true);
    } else {
      request.respond(
          OutboundResponse.message(errorResponse(body, request.version(), error, error.message())));
    }
  }

  private void start(
      InboundRequest request,
      FetchParameters parameters,
      List<FetchTarget> targets,
      FetchSession session,
      boolean incremental) {
    // Everything was copied out of the message: the bytes need not wait with a parked fetch.
    request.releaseFrame();
    FetchResponseBuilder response =
        new FetchResponseBuilder(
            parameters, session == null ? NO_SESSION : session.id(), incremental);
    new FetchTask(services, request, parameters, targets, session, response).run();
  }

  /** The partitions of a full request, each once, in the client's order. */
  private static List<FetchTarget> requested(FetchRequestData body, FetchParameters parameters) {
    Map<FetchTarget.Key, FetchTarget> targets = new LinkedHashMap<>();
    for (FetchTopic topic : body.topics()) {
      for (FetchPartition partition : topic.partitions()) {
        FetchTarget.Key key =
            parameters.byTopicId()
                ? new FetchTarget.Key(null, topic.topicId(), partition.partition())
                : new FetchTarget.Key(topic.topic(), Uuid.ZERO_UUID, partition.partition());
        targets.putIfAbsent(key, new FetchTarget(key, partition));
      }
    }
    return new ArrayList<>(targets.values());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    FetchResponseData fetched = (FetchResponseData) response;
    counter.count(fetched.errorCode());
    for (FetchResponseData.FetchableTopicResponse topic : fetched.responses()) {
      for (FetchResponseData.PartitionData partition : topic.partitions()) {
        if (partition.errorCode() != Errors.NONE.code()) {
          counter.count(partition.errorCode());
        }
      }
    }
  }

  @Override
  public FetchResponseData errorResponse(
      FetchRequestData body, short version, Errors error, String message) {
    FetchResponseData response = new FetchResponseData().setErrorCode(error.code());
    if (version >= FIRST_VERSION_WITH_SESSIONS) {
      return response;
    }
    // Old versions have no error of the whole answer: each partition gets it.
    FetchResponseBuilder builder =
        new FetchResponseBuilder(
            FetchParameters.of(body, version, maxResponseBytes, 0), NO_SESSION, false);
    for (FetchTopic topic : body.topics()) {
      for (FetchPartition partition : topic.partitions()) {
        FetchTarget.Key key =
            new FetchTarget.Key(topic.topic(), Uuid.ZERO_UUID, partition.partition());
        builder.addError(new FetchTarget(key, partition), error);
      }
    }
    return builder.message();
  }
}
