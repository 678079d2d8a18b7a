/** The newcomer's one command: read {@link io.ottla.tools.quickstart.Quickstart} first. */
package io.ottla.tools.quickstart;
