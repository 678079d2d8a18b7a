package io.ottla.coordination.group;

/**
 * The time of one call.
 *
 * @param monotonicMs for every timeout
 * @param wallMs since 1970, only for what is written into records and shown to people
 */
public record Now(long monotonicMs, long wallMs) {}
