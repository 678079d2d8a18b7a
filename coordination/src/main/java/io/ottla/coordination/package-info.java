/** Ottla coordination. */
package io.ottla.coordination;
