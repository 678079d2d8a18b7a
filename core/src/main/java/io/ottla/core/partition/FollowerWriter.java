package io.ottla.core.partition;

import io.ottla.log.BatchRejectedException;
import io.ottla.log.PartitionLog;
import io.ottla.log.batch.BatchHeader;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What fetching does to a follower's log. Every method names the leadership and the log end it was
 * decided for, and does nothing when either has changed: an answer that comes late is no harm.
 */
final class FollowerWriter {
  private static final Logger LOG = LoggerFactory.getLogger(FollowerWriter.class);

  private final ReplicaState state;

  FollowerWriter(ReplicaState state) {
    this.state = state;
  }

  /** Null when this replica does not follow in that epoch. */
  FollowerPosition position(int leaderEpoch) {
    state.lock();
    try {
      if (!follows(leaderEpoch)) {
        return null;
      }
      PartitionLog log = state.log();
      return new FollowerPosition(
          leaderEpoch, log.endOffset(), log.latestEpoch(), log.startOffset());
    } finally {
      state.unlock();
    }
  }

  /**
   * Appends what the leader sent and takes over its high watermark and log start.
   *
   * @return whether the answer was still wanted
   */
  boolean append(
      int leaderEpoch,
      long fetchOffset,
      ByteBuffer records,
      long leaderHighWatermark,
      long leaderLogStart)
      throws BatchRejectedException {
    boolean moved;
    state.lock();
    try {
      PartitionLog log = state.log();
      if (!follows(leaderEpoch) || log.endOffset() != fetchOffset) {
        return false;
      }
      ByteBuffer valid = ofThisEpoch(records, leaderEpoch, log.latestEpoch());
      if (valid.hasRemaining()) {
        log.appendAsFollower(valid);
      }
      moved = state.follow(leaderHighWatermark);
      long start = Math.min(leaderLogStart, state.highWatermark());
      if (start > log.startOffset()) {
        log.advanceStartOffset(start);
      }
    } catch (RuntimeException e) {
      throw state.failedAppend(e);
    } finally {
      state.unlock();
    }
    if (moved) {
      state.wake();
    }
    return true;
  }

  /**
   * Cuts the log where it parts from the leader's. Only a divergence of epochs, told by the leader
   * in its answer to a fetch at {@code fetchOffset}, is a reason.
   */
  boolean truncate(int leaderEpoch, long fetchOffset, long target) {
    return rewrite(
        leaderEpoch,
        fetchOffset,
        log -> {
          if (target < state.highWatermark()) {
            LOG.warn(
                "{}: truncating to {}, below the high watermark {}: the leader of epoch {} lacks"
                    + " committed records (an unclean election or lost data)",
                state.topicPartition(),
                target,
                state.highWatermark(),
                leaderEpoch);
          } else {
            LOG.info(
                "{}: truncating from {} to {} to agree with the leader of epoch {}",
                state.topicPartition(),
                fetchOffset,
                target,
                leaderEpoch);
          }
          log.truncateTo(target);
        });
  }

  /** Drops everything and starts at the leader's log start, which lies beyond the own end. */
  boolean restartAt(int leaderEpoch, long fetchOffset, long leaderLogStart) {
    return rewrite(
        leaderEpoch,
        fetchOffset,
        log -> {
          LOG.info(
              "{}: the leader's log starts at {}, beyond the own end {}; starting there",
              state.topicPartition(),
              leaderLogStart,
              fetchOffset);
          log.truncateFullyAndStartAt(leaderLogStart);
        });
  }

  private interface Rewrite {
    void of(PartitionLog log);
  }

  private boolean rewrite(int leaderEpoch, long fetchOffset, Rewrite rewrite) {
    state.lock();
    try {
      if (!follows(leaderEpoch) || state.log().endOffset() != fetchOffset) {
        return false;
      }
      rewrite.of(state.log());
      state.resetHighWatermark();
    } catch (RuntimeException e) {
      throw state.fail(e);
    } finally {
      state.unlock();
    }
    state.wakeAll();
    return true;
  }

  private boolean follows(int leaderEpoch) {
    return state.role() instanceof Role.Follower follower
        && follower.leaderEpoch() == leaderEpoch
        && follower.leaderId() >= 0;
  }

  /**
   * The leading batches whose epochs neither fall nor exceed the leadership they were fetched in. A
   * leader that was deposed while its answer was on the way may have sent bytes of its successor,
   * which must be fetched from the successor.
   */
  private ByteBuffer ofThisEpoch(ByteBuffer records, int leaderEpoch, int latestEpoch) {
    int at = records.position();
    int last = latestEpoch;
    while (records.limit() - at >= BatchHeader.SIZE) {
      int epoch = records.getInt(at + BatchHeader.LEADER_EPOCH);
      if (epoch > leaderEpoch || epoch < last) {
        LOG.warn(
            "{}: batch {} of leader epoch {} came in answer to a fetch in epoch {} after records of"
                + " epoch {}; ignoring it and what follows",
            state.topicPartition(),
            records.getLong(at),
            epoch,
            leaderEpoch,
            last);
        ByteBuffer valid = records.duplicate();
        valid.limit(at);
        return valid.slice();
      }
      last = epoch;
      long size = BatchHeader.OVERHEAD + (long) records.getInt(at + BatchHeader.LENGTH);
      if (size < BatchHeader.SIZE || at + size > records.limit()) {
        break; // the log names what is wrong with it
      }
      at += (int) size;
    }
    return records;
  }
}
