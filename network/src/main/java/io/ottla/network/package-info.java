/** Ottla network. */
package io.ottla.network;
