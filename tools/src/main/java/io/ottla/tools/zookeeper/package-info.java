/** ZooKeeper's server and shell behind this project's scripts. */
package io.ottla.tools.zookeeper;
