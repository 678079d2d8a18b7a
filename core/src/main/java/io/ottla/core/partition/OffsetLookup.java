package io.ottla.core.partition;

/**
 * Answer to an offset lookup; all -1 when there is no such record.
 *
 * @param timestamp the record's timestamp in ms, -1 where the question was not about time
 * @param offset the offset
 * @param leaderEpoch epoch of the record at the offset, or of the leader
 */
public record OffsetLookup(long timestamp, long offset, int leaderEpoch) {
  /** No record matches. */
  public static final OffsetLookup NONE = new OffsetLookup(-1, -1, -1);
}
