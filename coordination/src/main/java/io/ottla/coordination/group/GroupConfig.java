package io.ottla.coordination.group;

/**
 * Limits and timeouts of the group coordinator; times in milliseconds.
 *
 * @param minSessionTimeoutMs smallest session timeout a member may ask for
 * @param maxSessionTimeoutMs largest session timeout a member may ask for
 * @param initialRebalanceDelayMs how long an empty group waits for more members before its first
 *     generation; 0 starts at once
 * @param maxGroupSize members of one group
 * @param maxMetadataBytes characters of the metadata string of one committed offset, in UTF-8 bytes
 * @param offsetsRetentionMs how long offsets outlive their group's last member
 * @param expiryIntervalMs how often expiry looks for something to remove
 * @param maxGroupIdLength characters of a group id
 * @param maxMemberBytes bytes of all protocols of one member together
 * @param maxPendingMembers ids of one group given out and not used yet
 * @param maxGroups groups of one shard
 * @param newMemberJoinTimeoutMs how long a member that joined for the first time is kept while its
 *     answer is pending: its connection may be gone and nobody would notice
 */
public record GroupConfig(
    int minSessionTimeoutMs,
    int maxSessionTimeoutMs,
    int initialRebalanceDelayMs,
    int maxGroupSize,
    int maxMetadataBytes,
    long offsetsRetentionMs,
    long expiryIntervalMs,
    int maxGroupIdLength,
    int maxMemberBytes,
    int maxPendingMembers,
    int maxGroups,
    int newMemberJoinTimeoutMs) {

  /** Kafka's defaults, and generous bounds where Kafka has none. */
  public static GroupConfig defaults() {
    return new GroupConfig(
        6_000,
        1_800_000,
        3_000,
        Integer.MAX_VALUE,
        4_096,
        7L * 24 * 3_600_000,
        600_000,
        4_096,
        8 << 20,
        10_000,
        1_000_000,
        300_000);
  }

  public GroupConfig withInitialRebalanceDelayMs(int delayMs) {
    return new GroupConfig(
        minSessionTimeoutMs,
        maxSessionTimeoutMs,
        delayMs,
        maxGroupSize,
        maxMetadataBytes,
        offsetsRetentionMs,
        expiryIntervalMs,
        maxGroupIdLength,
        maxMemberBytes,
        maxPendingMembers,
        maxGroups,
        newMemberJoinTimeoutMs);
  }

  public GroupConfig withMaxGroupSize(int members) {
    return new GroupConfig(
        minSessionTimeoutMs,
        maxSessionTimeoutMs,
        initialRebalanceDelayMs,
        members,
        maxMetadataBytes,
        offsetsRetentionMs,
        expiryIntervalMs,
        maxGroupIdLength,
        maxMemberBytes,
        maxPendingMembers,
        maxGroups,
        newMemberJoinTimeoutMs);
  }

  public GroupConfig withSessionTimeouts(int minMs, int maxMs) {
    return new GroupConfig(
        minMs,
        maxMs,
        initialRebalanceDelayMs,
        maxGroupSize,
        maxMetadataBytes,
        offsetsRetentionMs,
        expiryIntervalMs,
        maxGroupIdLength,
        maxMemberBytes,
        maxPendingMembers,
        maxGroups,
        newMemberJoinTimeoutMs);
  }

  public GroupConfig withOffsets(int metadataBytes, long retentionMs, long checkIntervalMs) {
    return new GroupConfig(
        minSessionTimeoutMs,
        maxSessionTimeoutMs,
        initialRebalanceDelayMs,
        maxGroupSize,
        metadataBytes,
        retentionMs,
        checkIntervalMs,
        maxGroupIdLength,
        maxMemberBytes,
        maxPendingMembers,
        maxGroups,
        newMemberJoinTimeoutMs);
  }
}
