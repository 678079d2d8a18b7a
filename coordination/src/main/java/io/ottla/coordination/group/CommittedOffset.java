package io.ottla.coordination.group;

/**
 * A group's committed position in one partition.
 *
 * @param leaderEpoch of the last consumed record, -1 unknown
 * @param metadata never null
 * @param commitTimestampMs wall clock
 * @param expireTimestampMs wall clock of an explicitly requested expiry, -1 when retention decides
 */
public record CommittedOffset(
    long offset,
    int leaderEpoch,
    String metadata,
    long commitTimestampMs,
    long expireTimestampMs) {}
