package io.ottla.log.batch;

import java.nio.ByteBuffer;

/**
 * One header of a record.
 *
 * @param key its name, never null
 * @param value its bytes, or null
 */
public record RecordHeader(String key, ByteBuffer value) {}
