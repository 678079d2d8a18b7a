package io.ottla.log;

/**
 * What a retention pass removed.
 *
 * @param segmentsDeleted segments taken out of the log
 * @param bytesDeleted their bytes
 * @param startOffset the log's start afterwards
 */
public record RetentionResult(int segmentsDeleted, long bytesDeleted, long startOffset) {}
