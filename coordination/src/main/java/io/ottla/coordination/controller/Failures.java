package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.Futures;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotControllerException;

/** Tells apart why a write failed. */
final class Failures {
  private Failures() {}

  static boolean isFenced(Throwable error) {
    return Futures.cause(error) instanceof NotControllerException;
  }

  /** The outcome is unknown, and the image was loaded anew. */
  static boolean isUnknownOutcome(Throwable error) {
    return Futures.cause(error) instanceof NetworkException;
  }
}
