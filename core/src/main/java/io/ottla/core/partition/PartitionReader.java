package io.ottla.core.partition;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.log.EpochEnd;
import io.ottla.log.LogSlice;
import io.ottla.log.PartitionLog;
import io.ottla.log.TimestampOffset;
import io.ottla.log.batch.BatchHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.FencedLeaderEpochException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.OffsetNotAvailableException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.UnknownLeaderEpochException;

/** Reads of one partition. Takes no lock, except where a follower's fetch changes its progress. */
final class PartitionReader {
  static final long LATEST = -1;
  static final long EARLIEST = -2;
  static final long MAX_TIMESTAMP = -3;
  static final long EARLIEST_LOCAL = -4;
  static final long LATEST_TIERED = -5;

  private final ReplicaState state;
  private final IsrUpdater isrUpdater;

  PartitionReader(ReplicaState state, IsrUpdater isrUpdater) {
    this.state = state;
    this.isrUpdater = isrUpdater;
  }

  FetchOutcome fetch(FetchPlan plan) {
    Role role = serving();
    checkEpoch(plan.currentLeaderEpoch(), role.leaderEpoch());
    FollowerProgress follower = plan.fromFollower() ? follower(role, plan) : null;
    PartitionLog log = state.log();
    if (plan.lastFetchedEpoch() >= 0) {
      EpochEnd known = log.endOffsetFor(plan.lastFetchedEpoch());
      if (known.epoch() < 0) {
        throw outOfRange(log, plan.offset());
      }
      if (known.epoch() < plan.lastFetchedEpoch() || known.endOffset() < plan.offset()) {
        return outcome(nothing(log), log, known, -1);
      }
    }
    if (plan.offset() < log.startOffset() || plan.offset() > log.endOffset()) {
      throw outOfRange(log, plan.offset());
    }
    if (follower != null) {
      isrUpdater.fetched((LeaderRole) role, follower, plan);
    } else if (!plan.rack().isEmpty() && role instanceof LeaderRole leader) {
      int preferred = preferredReplica(leader, log, plan);
      if (preferred >= 0) {
        return outcome(nothing(log), log, null, preferred);
      }
    }
    LogSlice slice = read(log, plan);
    if (plan.fromFollower() && state.role() != role) {
      slice.close(); // the log may have been truncated under the read
      throw state.refusal(state.role());
    }
    return outcome(slice, log, null, -1);
  }

  OffsetLookup lookup(long timestamp, FetchIsolation isolation, int currentLeaderEpoch) {
    LeaderRole leader = state.requireLeader();
    checkEpoch(currentLeaderEpoch, leader.leaderEpoch());
    PartitionLog log = state.log();
    long bound = bound(log, isolation);
    boolean lagging = isolation != FetchIsolation.LOG_END && bound < leader.epochStartOffset();
    if (timestamp == LATEST) {
      if (lagging) {
        throw notAvailable(leader, bound);
      }
      return new OffsetLookup(-1, bound, log.latestEpoch());
    }
    if (timestamp == EARLIEST || timestamp == EARLIEST_LOCAL) {
      long start = log.startOffset();
      return new OffsetLookup(-1, start, epochAt(log, start));
    }
    if (timestamp == LATEST_TIERED || timestamp < LATEST_TIERED) {
      return OffsetLookup.NONE;
    }
    Optional<TimestampOffset> found =
        timestamp == MAX_TIMESTAMP
            ? log.offsetOfMaxTimestamp(bound)
            : log.offsetForTimestamp(timestamp, bound);
    if (found.isEmpty()) {
      if (lagging) {
        throw notAvailable(leader, bound);
      }
      return OffsetLookup.NONE;
    }
    TimestampOffset at = found.get();
    return new OffsetLookup(at.timestamp(), at.offset(), at.leaderEpoch());
  }

  EpochEnd endOffsetForEpoch(int currentLeaderEpoch, int epoch) {
    LeaderRole leader = state.requireLeader();
    checkEpoch(currentLeaderEpoch, leader.leaderEpoch());
    return state.log().endOffsetFor(epoch);
  }

  /** End of what a reader of this isolation may see. */
  long bound(PartitionLog log, FetchIsolation isolation) {
    // Without transactions the last stable offset is the high watermark.
    return isolation == FetchIsolation.LOG_END ? log.endOffset() : state.highWatermark();
  }

  private Role serving() {
    Role role = state.role();
    if (role instanceof Role.Offline offline) {
      throw offline.error();
    }
    return role;
  }

  private FollowerProgress follower(Role role, FetchPlan plan) {
    if (!(role instanceof LeaderRole leader)) {
      throw state.refusal(role);
    }
    FollowerProgress follower = leader.follower(plan.replicaId());
    if (follower == null) {
      String message = "Broker " + plan.replicaId() + " is no replica of " + state.topicPartition();
      throw plan.currentLeaderEpoch() >= 0
          ? new UnknownLeaderEpochException(message)
          : new NotLeaderOrFollowerException(message);
    }
    return follower;
  }

  private void checkEpoch(int asked, int current) {
    if (asked < 0 || asked == current) {
      return;
    }
    String message =
        state.topicPartition() + " is in leader epoch " + current + ", the request in " + asked;
    throw asked < current
        ? new FencedLeaderEpochException(message)
        : new UnknownLeaderEpochException(message);
  }

  private LogSlice read(PartitionLog log, FetchPlan plan) {
    long bound = bound(log, plan.isolation());
    if (plan.offset() >= bound) {
      return nothing(log);
    }
    try {
      return log.read(plan.offset(), plan.maxBytes(), bound, plan.atLeastOneBatch());
    } catch (io.ottla.log.OffsetOutOfRangeException e) {
      throw outOfRange(log, plan.offset());
    }
  }

  private static LogSlice nothing(PartitionLog log) {
    long end = log.endOffset();
    return log.read(end, 0, end, false);
  }

  private FetchOutcome outcome(
      LogSlice slice, PartitionLog log, EpochEnd diverging, int preferredReplica) {
    long highWatermark = state.highWatermark();
    return new FetchOutcome(
        slice, highWatermark, highWatermark, log.startOffset(), diverging, preferredReplica);
  }

  private int preferredReplica(LeaderRole leader, PartitionLog log, FetchPlan plan) {
    List<ReadReplicaSelector.Candidate> candidates = new ArrayList<>();
    candidates.add(candidate(state.context().brokerId(), log.endOffset(), true));
    for (IsrMember member : leader.isr().isr()) {
      FollowerProgress follower = leader.follower(member.brokerId());
      if (follower != null
          && state.context().registeredEpoch(member.brokerId()) >= 0
          && follower.startOffset() <= plan.offset()
          && plan.offset() <= follower.endOffset()) {
        candidates.add(candidate(member.brokerId(), follower.endOffset(), false));
      }
    }
    int chosen = state.context().selector().select(plan.rack(), candidates);
    return chosen == state.context().brokerId() ? -1 : chosen;
  }

  private ReadReplicaSelector.Candidate candidate(int broker, long endOffset, boolean leader) {
    BrokerRegistration registration = state.context().image().get().brokers().get(broker);
    String rack = registration == null ? "" : registration.rack().orElse("");
    return new ReadReplicaSelector.Candidate(broker, rack, endOffset, leader);
  }

  /** Epoch of the first batch at or after the offset; the newest one when there is no batch. */
  private static int epochAt(PartitionLog log, long offset) {
    try (LogSlice slice = log.read(offset, 1, log.endOffset(), true)) {
      if (slice.isEmpty()) {
        return log.latestEpoch();
      }
      ByteBuffer epoch = ByteBuffer.allocate(Integer.BYTES);
      long position = slice.position() + BatchHeader.LEADER_EPOCH;
      while (epoch.hasRemaining()) {
        int read = slice.channel().read(epoch, position + epoch.position());
        if (read < 0) {
          return log.latestEpoch();
        }
      }
      return epoch.getInt(0);
    } catch (IOException e) {
      throw new UncheckedIOException(log.directory() + ": cannot read the batch at " + offset, e);
    }
  }

  private ApiException outOfRange(PartitionLog log, long offset) {
    return new OffsetOutOfRangeException(
        "Offset "
            + offset
            + " of "
            + state.topicPartition()
            + " is outside ["
            + log.startOffset()
            + ", "
            + log.endOffset()
            + "]");
  }

  private ApiException notAvailable(LeaderRole leader, long highWatermark) {
    return new OffsetNotAvailableException(
        "The high watermark "
            + highWatermark
            + " of "
            + state.topicPartition()
            + " has not reached the start of leader epoch "
            + leader.leaderEpoch()
            + " at "
            + leader.epochStartOffset());
  }
}
