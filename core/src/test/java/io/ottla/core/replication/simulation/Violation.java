package io.ottla.core.replication.simulation;

/** Something that must always be true was not. */
final class Violation extends AssertionError {
  Violation(String message) {
    super(message);
  }
}
