/** The console producer and consumer: lines in, records out, and back. */
package io.ottla.tools.console;
