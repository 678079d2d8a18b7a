/**
 * Bytes and messages, order and back-pressure: the wire side of a broker. See README.md of the
 * module for its parts.
 */
package io.ottla.network;
