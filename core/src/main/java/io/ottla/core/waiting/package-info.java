/** Deadlines, and waiters for an offset: everything that is parked is parked here. */
package io.ottla.core.waiting;
