package io.ottla.log;

/**
 * What an append did.
 *
 * @param baseOffset offset of the first record; of the original batch when {@code duplicate}
 * @param lastOffset offset of the last record
 * @param logAppendTimeMs the time stamped by this broker, or -1 when the topic keeps create times
 * @param maxTimestampMs largest timestamp of the batch
 * @param records number of records written, 0 when {@code duplicate}
 * @param bytes bytes written, 0 when {@code duplicate}
 * @param duplicate the producer had sent this batch before; nothing was written
 */
public record AppendResult(
    long baseOffset,
    long lastOffset,
    long logAppendTimeMs,
    long maxTimestampMs,
    int records,
    int bytes,
    boolean duplicate) {}
