package io.ottla.core.partition;

import org.apache.kafka.common.errors.ApiException;

/** Told once whether an append is stored on every in-sync replica. */
@FunctionalInterface
public interface ReplicationCallback {
  /**
   * Called outside of all locks, on whatever thread found out; must not block.
   *
   * @param errorOrNull null when replicated, else why not
   */
  void done(ApiException errorOrNull);
}
