/**
 * Segmented logs on disk: one {@link io.ottla.log.PartitionLog} per partition directory, one {@link
 * io.ottla.log.LogDirectory} per entry of {@code log.dirs}. Knows files and offsets, never brokers,
 * topics' leaders or the network.
 */
package io.ottla.log;
