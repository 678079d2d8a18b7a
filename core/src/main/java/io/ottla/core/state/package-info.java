/**
 * Coordinators' state kept in partitions: a pure state machine per partition, whose records are
 * appended to the partition's log and whose answers leave when they are committed; loaded and
 * unloaded with leadership. See {@link io.ottla.core.state.StateShards}.
 */
package io.ottla.core.state;
