/**
 * The broker as a whole: its identity, its threads, the order in which its components start and
 * stop, and the command line.
 */
package io.ottla.core.broker;
