/** Ottla log. */
package io.ottla.log;
