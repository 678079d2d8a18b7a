package io.ottla.core.partition;

import java.util.concurrent.atomic.LongAdder;

/** Counts of one broker, for its metrics. Any thread. */
public final class ReplicationCounters {
  private final LongAdder isrShrinks = new LongAdder();
  private final LongAdder isrExpands = new LongAdder();
  private final LongAdder failedIsrUpdates = new LongAdder();
  private final LongAdder failedPartitions = new LongAdder();

  void isrChanged(int before, int after) {
    if (after < before) {
      isrShrinks.increment();
    } else if (after > before) {
      isrExpands.increment();
    }
  }

  void isrUpdateFailed() {
    failedIsrUpdates.increment();
  }

  void partitionFailed() {
    failedPartitions.increment();
  }

  /** ISR changes of this leader that made an ISR smaller. */
  public long isrShrinks() {
    return isrShrinks.sum();
  }

  /** ISR changes of this leader that made an ISR larger. */
  public long isrExpands() {
    return isrExpands.sum();
  }

  /** ISR changes that met another state than expected. */
  public long failedIsrUpdates() {
    return failedIsrUpdates.sum();
  }

  /** Partitions stopped by an I/O error or a violated invariant. */
  public long failedPartitions() {
    return failedPartitions.sum();
  }
}
