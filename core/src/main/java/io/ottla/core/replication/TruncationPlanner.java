package io.ottla.core.replication;

import io.ottla.log.EpochEnd;

/**
 * Where a follower cuts its log after its leader told it of a divergence. Pure.
 *
 * <p>The leader names the largest epoch it knows that is not above the follower's last one, and
 * where that epoch ends in its log. Records of that epoch below the smaller of both ends are the
 * same in both logs; nothing above is certain. When the follower does not know the epoch, it cuts
 * at the end of the nearest older one it does know and asks again.
 */
final class TruncationPlanner {
  private TruncationPlanner() {}

  /**
   * Returns the offset to cut at, at most the own log end.
   *
   * @param diverging what the leader told
   * @param own the follower's own answer for {@code diverging.epoch()}
   * @param ownEnd the follower's log end
   */
  static long target(EpochEnd diverging, EpochEnd own, long ownEnd) {
    if (own.epoch() < 0) {
      return Math.min(diverging.endOffset(), ownEnd);
    }
    if (own.epoch() != diverging.epoch()) {
      return Math.min(own.endOffset(), ownEnd);
    }
    return Math.min(Math.min(own.endOffset(), diverging.endOffset()), ownEnd);
  }
}
