package io.ottla.core.state;

import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.LogSlice;
import io.ottla.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hosted partition as a {@link StateLog}. Thread safe. */
final class PartitionStateLog implements StateLog {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionStateLog.class);
  private static final short ALL = -1;

  private final Partition partition;
  private final int leaderEpoch;
  private final Deadlines deadlines;

  PartitionStateLog(Partition partition, int leaderEpoch, Deadlines deadlines) {
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
    this.deadlines = deadlines;
  }

  @Override
  public String name() {
    return partition.topicPartition().toString();
  }

  @Override
  public int leaderEpoch() {
    return leaderEpoch;
  }

  @Override
  public boolean isCurrent() {
    return partition.isLeader() && partition.leaderEpoch() == leaderEpoch;
  }

  @Override
  public long startOffset() {
    return partition.logStartOffset();
  }

  @Override
  public long endOffset() {
    return partition.logEndOffset();
  }

  @Override
  public long highWatermark() {
    return partition.highWatermark();
  }

  @Override
  public ByteBuffer read(long offset, int maxBytes) {
    PartitionLog log = partition.log();
    if (log == null || !isCurrent()) {
      throw new NotLeaderOrFollowerException(name() + " is not led here any more");
    }
    try (LogSlice slice = log.read(offset, maxBytes, log.endOffset(), true)) {
      ByteBuffer bytes = ByteBuffer.allocate(slice.size());
      slice.readInto(bytes);
      return bytes.flip();
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + name() + " at offset " + offset, e);
    }
  }

  @Override
  public long append(ByteBuffer batch) {
    if (!isCurrent()) {
      throw new NotLeaderOrFollowerException(name() + " is not led here any more");
    }
    try {
      var outcome = partition.appendInternal(batch, ALL);
      if (outcome.leaderEpoch() != leaderEpoch) {
        // A new leadership began in between: its own shard loads this record, nobody here may
        // answer for it.
        throw new NotLeaderOrFollowerException(name() + " is led in another epoch");
      }
      return outcome.requiredOffset();
    } catch (BatchRejectedException e) {
      throw new RecordTooLargeException(name() + " refuses the batch: " + e.getMessage(), e);
    }
  }

  @Override
  public void awaitCommitted(long requiredOffset, long timeoutNanos, Callback callback) {
    partition.awaitReplicated(
        requiredOffset, leaderEpoch, deadlines.nanoTime() + timeoutNanos, callback::done);
  }

  @Override
  public void dropBelow(long offset) {
    boolean moved = partition.advanceLogStart(offset, leaderEpoch);
    LOG.debug("{}: log start {} to offset {}", name(), moved ? "moved" : "not moved", offset);
  }
}
