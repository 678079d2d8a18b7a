package io.ottla.core.partition;

import io.ottla.log.AppendResult;

/**
 * A batch that is in the leader's log.
 *
 * @param result offsets and time it got
 * @param leaderEpoch the leadership in which it was appended
 * @param requiredOffset the high watermark at which it counts as replicated
 */
public record AppendOutcome(AppendResult result, int leaderEpoch, long requiredOffset) {}
