package io.ottla.core.state;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;

/**
 * A pure state machine kept in one partition. Used by one thread at a time: by the loader until
 * {@link #loaded}, by the shard's thread afterwards.
 *
 * @param <R> its record type
 */
public interface ReplicatedState<R> {
  /**
   * Reads a record of the log; empty for kinds that this state does not keep.
   *
   * @throws IllegalArgumentException when the bytes are no such record
   */
  Optional<R> decode(ByteBuffer key, ByteBuffer valueOrNull);

  byte[] key(R record);

  /** Null for a tombstone. */
  byte[] value(R record);

  /** Applies a record that is in the log. */
  void replay(R record);

  /** Everything in the log was replayed; timers start. */
  void loaded();

  /** Monotonic milliseconds of the next timer, {@link Long#MAX_VALUE} for none. */
  long nextDeadlineMs();

  Step<R> onTimer();

  /** Answers everybody who waits; nothing is called afterwards. */
  Step<R> unload(Errors error);

  /** The live state as records. */
  List<R> snapshot();
}
