package io.ottla.core.state;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/**
 * What one call of a {@link ReplicatedState} asks for: run {@link #immediate}, append {@link
 * #records} as one batch and replay them, run {@link #afterCommit} when they and everything before
 * them are committed.
 */
public interface Step<R> {
  /** An answer that tells something about durable state. Exactly one of the two is called. */
  interface Answer {
    void send();

    void fail(Errors error);
  }

  List<R> records();

  List<Runnable> immediate();

  List<Answer> afterCommit();

  /** Whether the records may go into several batches. */
  boolean splittable();

  /** Called instead of replay when the append was refused; gives what follows from that. */
  Step<R> refused(Errors error);
}
