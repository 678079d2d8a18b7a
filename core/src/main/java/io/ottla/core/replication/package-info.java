/**
 * The follower's side of replication: fetchers as state machines, their sessions with the leaders,
 * and the rule where to truncate. Read {@code ReplicaFetcher} first.
 */
package io.ottla.core.replication;
