/**
 * Configuration: the tables of broker and topic keys, the immutable records made of them, and the
 * values in force after dynamic changes. Lowest package of the module: everything may import it, it
 * imports no other package of the module.
 */
package io.ottla.core.config;
