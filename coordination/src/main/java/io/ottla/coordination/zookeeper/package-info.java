/**
 * Coordination through ZooKeeper: the session and its owner, the watcher that keeps the image, the
 * broker's registration, and the writes with version checks. {@link
 * io.ottla.coordination.zookeeper.ZooKeeperCoordination} puts them together.
 */
package io.ottla.coordination.zookeeper;
