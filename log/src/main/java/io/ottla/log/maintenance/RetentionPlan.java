package io.ottla.log.maintenance;

import java.util.List;

/**
 * How many of a log's oldest segments have to go. Pure: sizes, times and offsets in, a count out.
 */
public final class RetentionPlan {
  private RetentionPlan() {}

  /**
   * What the decision needs of one segment.
   *
   * @param nextBase base of the segment after it; the log's end for the last
   * @param bytes its size
   * @param newestMs its largest timestamp, or its file's time when it has none
   */
  public record Candidate(long nextBase, long bytes, long newestMs) {}

  /**
   * The limits.
   *
   * @param startOffset the log's start
   * @param highWatermark nothing at or above it is removed
   * @param retentionMs -1 for no limit
   * @param retentionBytes -1 for no limit
   * @param delete false when only what lies before the start may go
   */
  public record Limits(
      long startOffset,
      long highWatermark,
      long retentionMs,
      long retentionBytes,
      boolean delete) {}

  /** Number of segments to remove, counted from the oldest, {@code segments} being in order. */
  public static int count(List<Candidate> segments, Limits limits, long nowMs) {
    int removable = 0;
    while (removable < segments.size()
        && segments.get(removable).nextBase() <= limits.highWatermark()
        && segments.get(removable).bytes() > 0) {
      removable++;
    }
    int count = 0;
    while (count < removable && segments.get(count).nextBase() <= limits.startOffset()) {
      count++;
    }
    if (!limits.delete()) {
      return count;
    }
    if (limits.retentionBytes() >= 0) {
      long excess = -limits.retentionBytes();
      for (Candidate segment : segments.subList(count, segments.size())) {
        excess += segment.bytes();
      }
      while (count < removable && excess >= segments.get(count).bytes()) {
        excess -= segments.get(count).bytes();
        count++;
      }
    }
    if (limits.retentionMs() >= 0) {
      while (count < removable && nowMs - segments.get(count).newestMs() > limits.retentionMs()) {
        count++;
      }
    }
    return count;
  }
}
