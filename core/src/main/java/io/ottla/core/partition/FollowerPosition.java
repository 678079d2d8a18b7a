package io.ottla.core.partition;

/**
 * Where a follower stands and what it tells its leader.
 *
 * @param leaderEpoch epoch in which it follows
 * @param offset its log end: the next offset it wants
 * @param lastEpoch epoch of its last record, -1 when its log knows none
 * @param logStart start of its log
 */
public record FollowerPosition(int leaderEpoch, long offset, int lastEpoch, long logStart) {}
