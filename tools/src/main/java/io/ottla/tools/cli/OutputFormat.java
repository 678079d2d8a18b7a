package io.ottla.tools.cli;

/** How a tool prints its answer: Kafka's text, or one line of JSON per answer. */
public enum OutputFormat {
  TEXT,
  JSON
}
