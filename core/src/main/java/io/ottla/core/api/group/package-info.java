/**
 * Consumer groups on the wire: finding the coordinator, the classic protocol, offsets and group
 * administration. Each handler hands its request to the shard of the group and answers from there.
 */
package io.ottla.core.api.group;
