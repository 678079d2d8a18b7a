package io.ottla.log;

/**
 * One producer as DescribeProducers shows it.
 *
 * @param producerId the producer's id
 * @param epoch its newest epoch
 * @param lastSequence sequence of its last record, -1 when none in this epoch
 * @param lastTimestamp largest timestamp of its last batch, milliseconds
 * @param coordinatorEpoch epoch of the coordinator that wrote its last marker, -1 when none
 * @param currentTxnStartOffset first offset of its open transaction, -1 when none
 */
public record ProducerStateView(
    long producerId,
    short epoch,
    int lastSequence,
    long lastTimestamp,
    int coordinatorEpoch,
    long currentTxnStartOffset) {}
