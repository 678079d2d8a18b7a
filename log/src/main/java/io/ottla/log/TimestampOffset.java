package io.ottla.log;

/**
 * A record found by time.
 *
 * @param timestamp the record's timestamp, milliseconds since 1970
 * @param offset its offset
 * @param leaderEpoch the leader epoch of its batch, -1 when unknown
 */
public record TimestampOffset(long timestamp, long offset, int leaderEpoch) {}
