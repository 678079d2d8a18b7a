/** Decisions of the background work on logs. */
package io.ottla.log.maintenance;
