/**
 * Partition replicas: role, in-sync replicas, high watermark, append and fetch. Nothing here knows
 * the wire: failures are exceptions, sizes and offsets are numbers. Read {@code Partition} first.
 */
package io.ottla.core.partition;
