package io.ottla.core.partition;

/**
 * Who leads now, for answers to clients that asked the wrong broker.
 *
 * @param leaderId broker id, -1 for none
 * @param leaderEpoch its epoch
 */
public record LeaderHint(int leaderId, int leaderEpoch) {}
