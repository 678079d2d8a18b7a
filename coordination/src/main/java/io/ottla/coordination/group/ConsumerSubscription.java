package io.ottla.coordination.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The topic list of a consumer's subscription: {@code int16 version | int32 count | topics}, the
 * only part of the embedded protocol that the coordinator reads.
 */
final class ConsumerSubscription {
  static final String PROTOCOL_TYPE = "consumer";

  private ConsumerSubscription() {}

  /** Empty when the bytes are not a subscription: callers then assume nothing about topics. */
  static Optional<Set<String>> topics(Blob subscription) {
    try {
      FieldReader in = new FieldReader(ByteBuffer.wrap(subscription.bytes()));
      if (in.int16() < 0) {
        return Optional.empty();
      }
      int count = in.arrayLength();
      Set<String> topics = new HashSet<>();
      for (int i = 0; i < count; i++) {
        topics.add(in.string());
      }
      return Optional.of(topics);
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }
}
