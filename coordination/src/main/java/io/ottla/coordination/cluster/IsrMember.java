package io.ottla.coordination.cluster;

/**
 * Membership in an ISR or in a set of eligible replicas belongs to one registration of a broker,
 * not to its id.
 *
 * @param brokerId broker id
 * @param brokerEpoch epoch of the registration under which the replica was in sync; -1 when an
 *     older writer did not record it
 */
public record IsrMember(int brokerId, long brokerEpoch) {}
