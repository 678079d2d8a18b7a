package io.ottla.core.replication.simulation;

import io.ottla.core.partition.FetchIsolation;
import io.ottla.core.partition.FetchOutcome;
import io.ottla.core.partition.FetchPlan;
import io.ottla.core.partition.OffsetLookup;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.LogSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.protocol.Errors;

/** The leader's side: just enough of the Fetch and ListOffsets handlers, sessions included. */
final class FetchService {
  private record Key(Uuid topicId, int partition) {}

  private static final class Held {
    final FetchRequestData.FetchPartition wanted;
    long sentHighWatermark = -1;
    long sentLogStart = -1;

    Held(FetchRequestData.FetchPartition wanted) {
      this.wanted = wanted;
    }
  }

  private static final class Session {
    final int owner;
    int nextEpoch = 1;
    final Map<Key, Held> partitions = new LinkedHashMap<>();

    Session(int owner) {
      this.owner = owner;
    }
  }

  /** An answer whose record sets are still slices of files. */
  static final class Answer {
    final Object body;
    final Map<PartitionData, LogSlice> slices = new HashMap<>();
    final List<PartitionData> order = new ArrayList<>();

    Answer(Object body) {
      this.body = body;
    }

    void attach(PartitionData data, LogSlice slice) {
      order.add(data);
      slices.put(data, slice);
    }

    Object materialize() throws IOException {
      for (PartitionData data : order) {
        LogSlice slice = slices.get(data);
        ByteBuffer bytes = ByteBuffer.allocate(slice.size());
        if (slice.size() > 0) {
          slice.readInto(bytes);
        }
        SimNetwork.setRecords(data, bytes.flip());
      }
      return body;
    }

    void close() {
      slices.values().forEach(LogSlice::close);
    }
  }

  private final SimBroker broker;
  private final Map<Integer, Session> sessions = new HashMap<>();
  private final Random ids;

  FetchService(SimBroker broker) {
    this.broker = broker;
    this.ids = new Random(broker.id() * 1000L + broker.life());
  }

  void handle(SimNetwork.Request request, Consumer<Answer> respond) {
    if (request.body() instanceof FetchRequestData fetch) {
      fetch(fetch, respond);
    } else {
      respond.accept(new Answer(listOffsets((ListOffsetsRequestData) request.body())));
    }
  }

  private void fetch(FetchRequestData request, Consumer<Answer> respond) {
    int id = request.sessionId();
    boolean full = id == 0;
    if (full) {
      // Random, as a stale id must not meet the session of another follower after a restart.
      do {
        id = 1 + ids.nextInt(Integer.MAX_VALUE - 1);
      } while (sessions.containsKey(id));
      sessions.put(id, new Session(request.replicaState().replicaId()));
    }
    Session session = sessions.get(id);
    if (session == null || session.owner != request.replicaState().replicaId()) {
      respond.accept(error(Errors.FETCH_SESSION_ID_NOT_FOUND));
      return;
    }
    if (!full && request.sessionEpoch() != session.nextEpoch) {
      respond.accept(error(Errors.INVALID_FETCH_SESSION_EPOCH));
      return;
    }
    if (!full) {
      session.nextEpoch++;
    }
    for (FetchRequestData.FetchTopic topic : request.topics()) {
      for (FetchRequestData.FetchPartition partition : topic.partitions()) {
        Held held = new Held(partition);
        Held old = session.partitions.put(new Key(topic.topicId(), partition.partition()), held);
        if (old != null) {
          held.sentHighWatermark = old.sentHighWatermark;
          held.sentLogStart = old.sentLogStart;
        }
      }
    }
    for (FetchRequestData.ForgottenTopic topic : request.forgottenTopicsData()) {
      topic.partitions().forEach(p -> session.partitions.remove(new Key(topic.topicId(), p)));
    }
    new Parked(request, id, session, full, respond).attempt(false);
  }

  private static Answer error(Errors error) {
    return new Answer(new FetchResponseData().setErrorCode(error.code()));
  }

  private final class Parked {
    private final FetchRequestData request;
    private final int id;
    private final Session session;
    private final boolean full;
    private final Consumer<Answer> respond;
    private final List<Deadlines.Cancellable> registrations = new ArrayList<>();
    private boolean woken;

    Parked(
        FetchRequestData request, int id, Session session, boolean full, Consumer<Answer> respond) {
      this.request = request;
      this.id = id;
      this.session = session;
      this.full = full;
      this.respond = respond;
    }

    void attempt(boolean last) {
      FetchResponseData body = new FetchResponseData().setSessionId(id);
      Answer answer = new Answer(body);
      Map<Uuid, FetchableTopicResponse> topics = new HashMap<>();
      boolean urgent = last || request.maxWaitMs() <= 0;
      for (Map.Entry<Key, Held> entry : session.partitions.entrySet()) {
        Key key = entry.getKey();
        Held held = entry.getValue();
        PartitionData data = new PartitionData().setPartitionIndex(key.partition());
        LogSlice slice = read(key, held, data);
        boolean hasNews =
            data.errorCode() != 0
                || data.divergingEpoch().epoch() >= 0
                || (slice != null && slice.size() > 0);
        boolean changed =
            hasNews
                || data.highWatermark() != held.sentHighWatermark
                || data.logStartOffset() != held.sentLogStart;
        urgent |= hasNews;
        if (full || changed) {
          topics
              .computeIfAbsent(key.topicId(), t -> new FetchableTopicResponse().setTopicId(t))
              .partitions()
              .add(data);
        }
        if (slice != null) {
          answer.attach(data, slice);
        }
      }
      if (!urgent) {
        answer.close();
        park();
        return;
      }
      body.responses().addAll(topics.values());
      for (FetchableTopicResponse topic : body.responses()) {
        for (PartitionData data : topic.partitions()) {
          Held held = session.partitions.get(new Key(topic.topicId(), data.partitionIndex()));
          held.sentHighWatermark = data.errorCode() == 0 ? data.highWatermark() : -1;
          held.sentLogStart = data.logStartOffset();
        }
      }
      respond.accept(answer);
    }

    private LogSlice read(Key key, Held held, PartitionData data) {
      try {
        Partition partition = broker.partition(key.topicId(), key.partition());
        if (partition == null) {
          data.setErrorCode(Errors.UNKNOWN_TOPIC_ID.code());
          return null;
        }
        FetchRequestData.FetchPartition wanted = held.wanted;
        FetchOutcome outcome =
            partition.fetch(
                new FetchPlan(
                    wanted.fetchOffset(),
                    wanted.currentLeaderEpoch(),
                    wanted.lastFetchedEpoch(),
                    wanted.logStartOffset(),
                    wanted.partitionMaxBytes(),
                    true,
                    FetchIsolation.LOG_END,
                    request.replicaState().replicaId(),
                    request.replicaState().replicaEpoch(),
                    "",
                    broker.deadlines().nanoTime()));
        data.setHighWatermark(outcome.highWatermark()).setLogStartOffset(outcome.logStartOffset());
        if (outcome.divergingEpoch() != null) {
          data.divergingEpoch()
              .setEpoch(outcome.divergingEpoch().epoch())
              .setEndOffset(outcome.divergingEpoch().endOffset());
        }
        return outcome.slice();
      } catch (ApiException e) {
        data.setErrorCode(Errors.forException(e).code());
        return null;
      }
    }

    private void park() {
      Runnable wake = () -> broker.enqueue(this::wake);
      for (Map.Entry<Key, Held> entry : session.partitions.entrySet()) {
        Partition partition =
            broker.partition(entry.getKey().topicId(), entry.getKey().partition());
        if (partition != null) {
          registrations.add(
              partition.onReadable(
                  entry.getValue().wanted.fetchOffset(), FetchIsolation.LOG_END, wake));
        }
      }
      registrations.add(broker.partitions().onLeadershipGained(wake));
      long waitMs = broker.partitions().followerWaitMs(request.maxWaitMs());
      registrations.add(broker.deadlines().schedule(waitMs * 1_000_000, wake));
    }

    private void wake() {
      if (!woken) {
        woken = true;
        registrations.forEach(Deadlines.Cancellable::cancel);
        attempt(true);
      }
    }
  }

  private ListOffsetsResponseData listOffsets(ListOffsetsRequestData request) {
    ListOffsetsResponseData response = new ListOffsetsResponseData();
    for (var topic : request.topics()) {
      var answers = new ListOffsetsResponseData.ListOffsetsTopicResponse().setName(topic.name());
      for (var wanted : topic.partitions()) {
        var answer =
            new ListOffsetsResponseData.ListOffsetsPartitionResponse()
                .setPartitionIndex(wanted.partitionIndex());
        try {
          OffsetLookup found =
              broker
                  .partitions()
                  .require(topic.name(), wanted.partitionIndex())
                  .lookupTimestamp(
                      wanted.timestamp(), FetchIsolation.LOG_END, wanted.currentLeaderEpoch());
          answer.setOffset(found.offset()).setLeaderEpoch(found.leaderEpoch());
        } catch (ApiException e) {
          answer.setErrorCode(Errors.forException(e).code());
        }
        answers.partitions().add(answer);
      }
      response.topics().add(answers);
    }
    return response;
  }
}
