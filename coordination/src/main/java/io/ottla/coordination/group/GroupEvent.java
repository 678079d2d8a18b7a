package io.ottla.coordination.group;

/**
 * One line of a group's history, for people who ask why it rebalanced.
 *
 * @param wallMs when
 * @param generation the group's generation at that moment
 * @param what for example "rebalance", "generation", "joined", "left", "expired"
 * @param member member id, "" when it concerns the group
 * @param why a sentence with the value that decided
 */
public record GroupEvent(long wallMs, int generation, String what, String member, String why) {}
