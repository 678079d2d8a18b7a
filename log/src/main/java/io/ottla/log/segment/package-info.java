/**
 * Segments: the file, its two indexes, the immutable set of a log's segments that the writer swaps
 * and readers use without locks, and what rebuilds them.
 */
package io.ottla.log.segment;
