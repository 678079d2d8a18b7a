package io.ottla.core.partition;

import io.ottla.log.EpochEnd;
import io.ottla.log.LogSlice;

/**
 * What a partition answers to a fetch.
 *
 * @param slice the records, never null, possibly empty; the caller closes it
 * @param highWatermark high watermark after this fetch was taken into account
 * @param lastStableOffset end of what is decided, at most the high watermark
 * @param logStartOffset start of this replica's log
 * @param divergingEpoch where the reader's log parts from this one; null when it does not
 * @param preferredReadReplica broker the consumer should read from instead, -1 for this one
 */
public record FetchOutcome(
    LogSlice slice,
    long highWatermark,
    long lastStableOffset,
    long logStartOffset,
    EpochEnd divergingEpoch,
    int preferredReadReplica) {}
