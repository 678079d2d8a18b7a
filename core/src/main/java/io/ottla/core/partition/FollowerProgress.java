package io.ottla.core.partition;

/**
 * What the leader knows of one follower in the current leadership.
 *
 * <p>Written under the partition's lock, except the times, which the connection of the follower
 * writes alone; read anywhere.
 */
final class FollowerProgress {
  /** The follower has not fetched in this leadership. */
  static final long UNKNOWN = -1;

  private final int brokerId;
  private volatile long brokerEpoch = UNKNOWN;
  private volatile long endOffset = UNKNOWN;
  private volatile long startOffset = UNKNOWN;
  private volatile long caughtUpNanos;
  private volatile long lastFetchNanos;
  private volatile long leaderEndAtLastFetch;

  /** Whether it was ever caught up in this leadership; the times mean nothing before. */
  private volatile boolean everCaughtUp;

  /** Whether the maximal ISR lists this broker; set with every change of the ISR. */
  private boolean inMaximalIsr;

  /** Whether the committed ISR lists exactly the broker epoch that fetches. */
  private volatile boolean settled;

  /**
   * @param inSync whether the ISR listed it when the leadership began; it then has the whole lag
   *     time to make its first fetch
   */
  FollowerProgress(int brokerId, boolean inSync, long nowNanos) {
    this.brokerId = brokerId;
    this.caughtUpNanos = nowNanos;
    this.lastFetchNanos = nowNanos;
    this.everCaughtUp = inSync;
  }

  int brokerId() {
    return brokerId;
  }

  long brokerEpoch() {
    return brokerEpoch;
  }

  /** Everything below is stored there; {@link #UNKNOWN} before the first fetch. */
  long endOffset() {
    return endOffset;
  }

  long startOffset() {
    return startOffset;
  }

  boolean inMaximalIsr() {
    return inMaximalIsr;
  }

  boolean settled() {
    return settled;
  }

  void membership(boolean maximal, boolean committedWithThisEpoch) {
    inMaximalIsr = maximal;
    settled = committedWithThisEpoch;
  }

  /** Takes note of a fetch. The caller checked the broker epoch and holds the partition's lock. */
  void fetched(long epoch, long offset, long logStart, long leaderEnd, long nowNanos) {
    if (brokerEpoch != epoch) {
      brokerEpoch = epoch;
      settled = false;
      leaderEndAtLastFetch = Long.MAX_VALUE;
    }
    endOffset = offset;
    startOffset = logStart;
    touch(offset, leaderEnd, nowNanos);
  }

  /**
   * Takes note of the time of a fetch. Caught up means: it has what the leader had now, or at its
   * previous fetch (then it was caught up at that time).
   */
  void touch(long offset, long leaderEnd, long nowNanos) {
    if (offset >= leaderEnd) {
      caughtUpNanos = nowNanos;
      everCaughtUp = true;
    } else if (offset >= leaderEndAtLastFetch) {
      caughtUpNanos = lastFetchNanos;
      everCaughtUp = true;
    }
    leaderEndAtLastFetch = leaderEnd;
    lastFetchNanos = nowNanos;
  }

  /** Whether it is at the leader's end, or was within the lag time. */
  boolean caughtUp(long leaderEnd, long nowNanos, long lagNanos) {
    return endOffset == leaderEnd || (everCaughtUp && nowNanos - caughtUpNanos <= lagNanos);
  }

  long nanosSinceCaughtUp(long nowNanos) {
    return everCaughtUp ? nowNanos - caughtUpNanos : Long.MAX_VALUE;
  }
}
