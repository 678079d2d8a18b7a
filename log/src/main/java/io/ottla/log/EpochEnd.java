package io.ottla.log;

/**
 * Answer to "where does this leader epoch end?".
 *
 * @param epoch the largest known epoch not above the one asked for, or the one asked for
 * @param endOffset first offset that does not belong to {@code epoch} any more
 */
public record EpochEnd(int epoch, long endOffset) {
  /** The log knows nothing about the epoch. */
  public static final EpochEnd UNDEFINED = new EpochEnd(-1, -1);
}
