/**
 * Metrics under the JMX names people already watch, cheap enough for the hot path. Implements what
 * {@code core.api} and reads what {@code core.partition} offers; only {@code core.broker} imports
 * it.
 */
package io.ottla.core.metrics;
