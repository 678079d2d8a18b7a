/** Ottla core. */
package io.ottla.core;
