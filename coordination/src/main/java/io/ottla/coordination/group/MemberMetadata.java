package io.ottla.coordination.group;

/**
 * What the log keeps of a member. {@code instanceId} is null for a dynamic member; {@code
 * subscription} is the member's metadata for the group's selected protocol.
 */
public record MemberMetadata(
    String memberId,
    String instanceId,
    String clientId,
    String clientHost,
    int rebalanceTimeoutMs,
    int sessionTimeoutMs,
    Blob subscription,
    Blob assignment) {}
