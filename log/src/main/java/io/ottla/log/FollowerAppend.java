package io.ottla.log;

/**
 * What a follower's append did.
 *
 * @param firstOffset base offset of the first batch, or -1 when nothing whole was in the buffer
 * @param endOffset the log's end afterwards
 * @param bytes bytes written, whole batches only
 * @param records number of records written
 */
public record FollowerAppend(long firstOffset, long endOffset, int bytes, long records) {}
