/**
 * Metrics under the JMX names people already watch, cheap enough for the hot path. Imports no other
 * package of the module.
 */
package io.ottla.core.metrics;
