package io.ottla.core.api.fetch;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.partition.FetchIsolation;
import io.ottla.core.partition.FetchOutcome;
import io.ottla.core.partition.FetchPlan;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.LogSlice;
import io.ottla.log.PartitionLog;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch from its first read to its answer.
 *
 * <p>All of it runs on the event loop of the connection: a pass over the partitions either answers
 * (enough bytes, an error, news that cannot wait, or the deadline) or parks. Whoever makes new data
 * readable, or the deadline, calls {@link #wake()} from any thread, which schedules exactly one
 * further pass. A pass registers for wake-ups before it gives the loop back, and a partition whose
 * data became readable in between wakes at registration, so none is lost.
 */
final class FetchTask implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(FetchTask.class);
  private static final short FIRST_VERSION_FROM_FOLLOWERS = 11;
  private static final short FIRST_VERSION_WITH_LEADER_HINTS = 12;
  private static final short FIRST_VERSION_WITH_NODE_ENDPOINTS = 16;

  private final FetchServices services;
  private final InboundRequest request;
  private final FetchParameters parameters;
  private final List<FetchTarget> targets;
  private final FetchSession session;
  private final FetchResponseBuilder response;
  private final List<Deadlines.Cancellable> registrations = new ArrayList<>();
  private final AtomicBoolean passScheduled = new AtomicBoolean(true);
  private Deadlines.Cancellable timer;
  private boolean firstPass = true;
  private volatile boolean endEarly;

  FetchTask(
      FetchServices services,
      InboundRequest request,
      FetchParameters parameters,
      List<FetchTarget> targets,
      FetchSession session,
      FetchResponseBuilder response) {
    this.services = services;
    this.request = request;
    this.parameters = parameters;
    this.targets = targets;
    this.session = session;
    this.response = response;
  }

  /** One pass; only on the event loop. */
  @Override
  public void run() {
    registrations.forEach(Deadlines.Cancellable::cancel);
    registrations.clear();
    long now = services.deadlines().nanoTime();
    Pass pass = new Pass(now);
    for (FetchTarget target : targets) {
      pass.read(target);
    }
    firstPass = false;
    boolean due = now - parameters.deadlineNanos() >= 0;
    if (pass.urgent
        || pass.bytes >= parameters.minBytes()
        || targets.isEmpty()
        || due
        || endEarly
        || pass.isCut()) {
      answer(pass);
    } else {
      park(pass, now);
    }
  }

  private void park(Pass pass, long now) {
    passScheduled.set(false);
    if (timer == null) {
      timer = services.deadlines().schedule(parameters.deadlineNanos() - now, this::wake);
    } else if (services.deadlines().nanoTime() - parameters.deadlineNanos() >= 0) {
      // The timer may have fired during this pass, when its wake-up counted for nothing.
      wake();
    }
    if (parameters.follower()) {
      // A partition this broker has just come to lead can then be added without delay.
      registrations.add(services.partitions().onLeadershipGained(this::endEarly));
    }
    for (Read read : pass.reads) {
      read.outcome.slice().close();
      registrations.add(
          read.partition.onReadable(read.readableEnd, parameters.isolation(), this::wake));
      if (read.partition.leaderEpoch() != read.leaderEpoch) {
        wake(); // leadership changed before the registration could hear of it
      }
    }
  }

  /** Answers with what there is, so that the client can come back with other partitions. */
  private void endEarly() {
    endEarly = true;
    wake();
  }

  private void wake() {
    if (passScheduled.compareAndSet(false, true)) {
      request.context().eventLoop().execute(this);
    }
  }

  private void answer(Pass pass) {
    if (timer != null) {
      timer.cancel();
    }
    FetchResponseData message = response.message();
    try {
      for (Read read : pass.reads) {
        int bytes = read.outcome.slice().size();
        response.add(read.target, read.outcome);
        if (bytes > 0) {
          services.metrics().fetched(read.partition.topic(), bytes, parameters.follower());
          if (session != null) {
            session.moveToEnd(read.target);
          }
        }
      }
      for (Failure failure : pass.failures) {
        PartitionData data = response.addError(failure.target, failure.error);
        hintLeader(data, failure);
      }
      if (parameters.version() >= FIRST_VERSION_WITH_NODE_ENDPOINTS && !pass.failures.isEmpty()) {
        addEndpoints(message);
      }
    } catch (RuntimeException unexpected) {
      LOG.error("Fetch answer for {} could not be built", request.clientId(), unexpected);
      pass.reads.forEach(read -> read.outcome.slice().close());
      message =
          new FetchResponseData().setErrorCode(Errors.UNKNOWN_SERVER_ERROR.code()).setSessionId(0);
    }
    request.respond(OutboundResponse.message(message));
  }

  /** Tells where the leader is, so that the client need not ask for metadata (KIP-951). */
  private void hintLeader(PartitionData data, Failure failure) {
    if (parameters.version() < FIRST_VERSION_WITH_LEADER_HINTS) {
      return; // such an answer could not be written
    }
    boolean moved =
        failure.error == Errors.NOT_LEADER_OR_FOLLOWER
            || failure.error == Errors.FENCED_LEADER_EPOCH;
    ClusterImage image = services.image().get();
    String topic = moved ? topicName(failure.target, image) : null;
    PartitionImage known =
        topic == null ? null : image.partition(topic, failure.target.partition());
    if (known != null && known.state() != null) {
      data.currentLeader()
          .setLeaderId(known.state().leader())
          .setLeaderEpoch(known.state().leaderEpoch());
    }
  }

  private void addEndpoints(FetchResponseData message) {
    for (FetchableTopicResponse topic : message.responses()) {
      for (PartitionData partition : topic.partitions()) {
        int leader = partition.currentLeader().leaderId();
        if (leader >= 0 && message.nodeEndpoints().find(leader) == null) {
          services
              .endpoints()
              .of(request.context(), leader)
              .ifPresent(
                  node ->
                      message
                          .nodeEndpoints()
                          .add(
                              new FetchResponseData.NodeEndpoint()
                                  .setNodeId(leader)
                                  .setHost(node.host())
                                  .setPort(node.port())
                                  .setRack(node.rack())));
        }
      }
    }
  }

  private static String topicName(FetchTarget target, ClusterImage image) {
    if (target.name() != null) {
      return target.name();
    }
    TopicImage topic = image.topic(target.topicId());
    return topic == null ? null : topic.name();
  }

  private record Read(
      FetchTarget target,
      Partition partition,
      int leaderEpoch,
      FetchOutcome outcome,
      long readableEnd) {}

  private record Failure(FetchTarget target, Errors error) {}

  /** What one pass over the partitions found. */
  private final class Pass {
    private final long nowNanos;
    private final List<Read> reads = new ArrayList<>(targets.size());
    private final List<Failure> failures = new ArrayList<>(0);
    private long bytes;
    private boolean urgent;
    private boolean noRoom;

    Pass(long nowNanos) {
      this.nowNanos = nowNanos;
    }

    void read(FetchTarget target) {
      try {
        Partition partition = find(target);
        int epoch = partition.leaderEpoch();
        long before = readableEnd(partition);
        boolean room = bytes == 0;
        FetchOutcome outcome = partition.fetch(plan(target));
        bytes += outcome.slice().size();
        urgent |= outcome.divergingEpoch() != null || outcome.preferredReadReplica() >= 0;
        boolean empty = outcome.slice().isEmpty();
        noRoom |= empty && !room && target.fetchOffset() < before;
        // Past both: an offset that compaction left empty would otherwise wake without end.
        long waitPast = empty ? Math.max(before, target.fetchOffset()) : before;
        reads.add(new Read(target, partition, epoch, outcome, waitPast));
      } catch (ApiException refused) {
        fail(target, Errors.forException(refused));
      } catch (RuntimeException unexpected) {
        LOG.error("Fetch of {} failed", target.key(), unexpected);
        fail(target, Errors.UNKNOWN_SERVER_ERROR);
      }
    }

    /**
     * Whether limits of the request, not the end of the data, ended a read: then waiting brings
     * nothing more.
     */
    boolean isCut() {
      if (noRoom) {
        return true;
      }
      for (Read read : reads) {
        int size = read.outcome.slice().size();
        if (size > 0 && size < sizeWithoutLimit(read)) {
          return true;
        }
      }
      return false;
    }

    private int sizeWithoutLimit(Read read) {
      PartitionLog log = read.partition.log();
      try (LogSlice all =
          log.read(read.target.fetchOffset(), Integer.MAX_VALUE, read.readableEnd, true)) {
        return all.size();
      } catch (RuntimeException changed) {
        return Integer.MAX_VALUE; // The log moved on under the read: what was read is the answer.
      }
    }

    private void fail(FetchTarget target, Errors error) {
      failures.add(new Failure(target, error));
      urgent = true;
      String topic = topicName(target, services.image().get());
      if (topic != null) {
        services.metrics().fetchFailed(topic);
      }
    }

    private Partition find(FetchTarget target) {
      String topic = topicName(target, services.image().get());
      if (topic == null) {
        throw new UnknownTopicIdException("No topic has the id " + target.topicId());
      }
      if (firstPass) {
        services.metrics().fetchRequest(topic);
      }
      Partition partition = services.partitions().require(topic, target.partition());
      if (target.name() == null && !partition.topicId().equals(target.topicId())) {
        throw new UnknownTopicIdException("No replica of topic id " + target.topicId());
      }
      if (parameters.version() < FIRST_VERSION_FROM_FOLLOWERS && !partition.isLeader()) {
        throw new NotLeaderOrFollowerException(
            "Fetch before version " + FIRST_VERSION_FROM_FOLLOWERS + " is for leaders only");
      }
      return partition;
    }

    private FetchPlan plan(FetchTarget target) {
      int left = (int) Math.max(0, parameters.maxBytes() - bytes);
      return new FetchPlan(
          target.fetchOffset(),
          target.currentLeaderEpoch(),
          target.lastFetchedEpoch(),
          target.followerLogStart(),
          Math.min(target.maxBytes(), left),
          bytes == 0,
          parameters.isolation(),
          parameters.replicaId(),
          parameters.replicaEpoch(),
          parameters.rack(),
          nowNanos);
    }

    /** Where reading ends now; read before the fetch, so that later data wakes a parked one. */
    private long readableEnd(Partition partition) {
      FetchIsolation isolation = parameters.isolation();
      return switch (isolation) {
        case LOG_END -> partition.logEndOffset();
        case HIGH_WATERMARK -> partition.highWatermark();
        case COMMITTED -> partition.lastStableOffset();
      };
    }
  }
}
