/** Ottla tools. */
package io.ottla.tools;
