package io.ottla.core.replication.simulation;

import io.ottla.core.partition.AppendOutcome;
import io.ottla.core.partition.Partition;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.batch.BatchBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.ApiException;

/**
 * A client with acks=all and idempotence, one batch at a time: sends until told that the batch is
 * replicated, to whichever broker may lead, and sometimes does not hear the answer.
 */
final class SimProducer {
  /** A batch that was acknowledged. */
  record Acked(long producerId, int baseSequence, int count, long baseOffset) {}

  private final long id;
  private final Random random;
  private final List<Acked> acked = new ArrayList<>();
  private int nextSequence;
  private int count;
  private boolean pending;
  private int attempt;
  private int attemptAnswered;
  private long attemptUntil;

  SimProducer(long id, Random random) {
    this.id = id;
    this.random = random;
  }

  List<Acked> acked() {
    return acked;
  }

  boolean pending() {
    return pending;
  }

  /**
   * Sends a new batch, or the pending one again when its last attempt is over.
   *
   * @param rightful whether the broker is the leader that the stored state names
   */
  void step(SimBroker broker, Partition partition, boolean rightful, long now) {
    if (!pending) {
      pending = true;
      count = 1 + random.nextInt(3);
    } else if (attempt != attemptAnswered && now < attemptUntil) {
      return;
    }
    int mine = ++attempt;
    attemptUntil = now + TimeUnit.SECONDS.toNanos(3);
    try {
      AppendOutcome outcome = partition.append(batch(), (short) -1, now / 1_000_000);
      int sequence = nextSequence;
      boolean heard = random.nextInt(8) != 0;
      partition.awaitReplicated(
          outcome.requiredOffset(),
          outcome.leaderEpoch(),
          now + TimeUnit.SECONDS.toNanos(2),
          error -> {
            if (heard) {
              answered(mine, sequence, outcome, error);
            }
          });
    } catch (ApiException e) {
      attemptAnswered = mine;
    } catch (BatchRejectedException e) {
      attemptAnswered = mine;
      if (!rightful) {
        return; // a deposed leader, or one that has not all, may know less of the producer
      }
      throw new Violation(
          "producer "
              + id
              + " sequence "
              + nextSequence
              + " at broker "
              + broker.id()
              + ": "
              + e.reason()
              + " "
              + e.getMessage());
    }
  }

  private void answered(int mine, int sequence, AppendOutcome outcome, ApiException error) {
    if (error == null && pending && sequence == nextSequence) {
      acked.add(new Acked(id, sequence, count, outcome.result().baseOffset()));
      nextSequence += count;
      pending = false;
    }
    attemptAnswered = Math.max(attemptAnswered, mine);
  }

  private ByteBuffer batch() {
    BatchBuilder batch = new BatchBuilder().producer(id, (short) 0, nextSequence);
    for (int i = 0; i < count; i++) {
      String value = id + ":" + (nextSequence + i);
      batch.add(1_700_000_000_000L, null, value.getBytes(StandardCharsets.UTF_8));
    }
    return batch.build();
  }

  /** A batch without a producer id, for acks=1: it may vanish, but never show twice or change. */
  static ByteBuffer noise(Random random) {
    return new BatchBuilder()
        .add(1_700_000_000_000L, null, new byte[1 + random.nextInt(40)])
        .build();
  }
}
