/**
 * One class per znode: path, encode, decode, nothing else. The JSON is Kafka's; fields of our own
 * stand beside Kafka's.
 */
package io.ottla.coordination.znode;
