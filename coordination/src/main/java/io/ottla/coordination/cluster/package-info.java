/**
 * The cluster as every broker sees it: the immutable image, the watcher that keeps it, the broker's
 * registration and the writes with version checks.
 */
package io.ottla.coordination.cluster;
