/**
 * Ottla's command line tools; each package is one tool or a family of small ones, {@code cli} what
 * they share.
 */
package io.ottla.tools;
