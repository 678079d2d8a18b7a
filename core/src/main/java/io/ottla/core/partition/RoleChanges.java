package io.ottla.core.partition;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.log.PartitionLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which role a stored state gives to this replica, and what taking it involves. Everything runs
 * under the partition's lock; listeners are only queued.
 */
final class RoleChanges {
  private static final Logger LOG = LoggerFactory.getLogger(RoleChanges.class);

  private final Partition partition;
  private final ReplicaState state;

  RoleChanges(Partition partition, ReplicaState state) {
    this.partition = partition;
    this.state = state;
  }

  /** Guarded. True when the role is another one now. */
  boolean apply(PartitionState next, int version) {
    Role before = state.role();
    int self = state.context().brokerId();
    boolean sameEpoch = before.leaderEpoch() == next.leaderEpoch();
    if (sameEpoch && before instanceof LeaderRole leader && next.leader() == self) {
      if (version > leader.isr().version()) {
        leader.adopt(next, version);
      }
      state.appliedVersion(version);
      return false;
    }
    if (sameEpoch && before instanceof Role.Follower && before.leaderId() == next.leader()) {
      state.appliedVersion(version);
      return false;
    }
    if (next.leader() != self) {
      follow(next);
      state.appliedVersion(version);
    } else if (lead(next, version)) {
      state.appliedVersion(version);
    } // else it is looked at again with the next image
    return true;
  }

  /** The start of the epoch is on disk before the first request is served in it. */
  private boolean lead(PartitionState next, int version) {
    Role before = state.role();
    PartitionLog log = state.log();
    int epoch = next.leaderEpoch();
    if (!electedAsNow(next)) {
      LOG.info(
          "{}: leader in epoch {} by an earlier registration of this broker; waiting to be elected"
              + " anew",
          state.topicPartition(),
          epoch);
      follow(withoutLeader(next));
      return false;
    }
    if (log.latestEpoch() > epoch) {
      LOG.warn(
          "{}: the image makes this broker leader in epoch {}, its log already knows epoch {};"
              + " waiting for a newer image",
          state.topicPartition(),
          epoch,
          log.latestEpoch());
      follow(withoutLeader(next));
      return false;
    }
    if (log.latestEpoch() < epoch) {
      log.assignEpoch(epoch, log.endOffset());
    }
    LeaderRole leader =
        new LeaderRole(
            state.context().brokerId(),
            epoch,
            log.startOffsetOfEpoch(epoch),
            next,
            version,
            state.replicas(),
            state.context().deadlines().nanoTime());
    state.noticeEnd(before);
    state.role(leader);
    state.notices().add(() -> state.context().leadership().becameLeader(partition, epoch));
    LOG.info(
        "{}: leading in epoch {} from offset {}, high watermark {}, ISR {}",
        state.topicPartition(),
        epoch,
        leader.epochStartOffset(),
        state.highWatermark(),
        next.isrIds());
    return true;
  }

  /**
   * Whether this life of the broker was elected. A leadership of an earlier life must not be
   * resumed: what that life appended in the epoch and lost would be written again, differently. The
   * image may still show the registration of the earlier life, so it proves nothing by itself; it
   * counts where this run has registered before and its registration is being renewed.
   */
  private boolean electedAsNow(PartitionState next) {
    PartitionContext context = state.context();
    IsrMember self = next.isrMember(context.brokerId());
    if (self == null) {
      return false;
    }
    long current = context.brokerEpoch().getAsLong();
    long elected = self.brokerEpoch();
    return context.brokerEpoch().ofThisRun(elected)
        && (elected == current || elected == context.registeredEpoch(context.brokerId()));
  }

  private static PartitionState withoutLeader(PartitionState next) {
    return new PartitionState(
        next.controllerEpoch(),
        PartitionState.NO_LEADER,
        next.leaderEpoch(),
        next.isr(),
        next.eligible(),
        next.recovering());
  }

  private void follow(PartitionState next) {
    Role before = state.role();
    if (before instanceof LeaderRole || next.leader() < 0) {
      state.noticeEnd(before); // else the next order takes the place of the one before
    }
    state.role(new Role.Follower(next.leader(), next.leaderEpoch()));
    if (next.leader() >= 0) {
      state
          .notices()
          .add(
              () ->
                  state.context().followers().follow(partition, next.leader(), next.leaderEpoch()));
    }
    LOG.debug(
        "{}: following {} in epoch {} from offset {}",
        state.topicPartition(),
        next.leader(),
        next.leaderEpoch(),
        state.log().endOffset());
  }
}
