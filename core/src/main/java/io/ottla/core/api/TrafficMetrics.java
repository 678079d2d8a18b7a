package io.ottla.core.api;

/**
 * What the hot handlers count, once per partition of a request and never per record.
 *
 * <p>Implementations are called on event loops from several threads at once and must not block.
 */
public interface TrafficMetrics {

  /** Counts nothing; for tests of handlers. */
  TrafficMetrics NONE =
      new TrafficMetrics() {
        @Override
        public void produceRequest(String topic) {}

        @Override
        public void produced(String topic, int records, int bytes) {}

        @Override
        public void produceFailed(String topic) {}

        @Override
        public void bytesRejected(String topic, int bytes) {}

        @Override
        public void fetchRequest(String topic) {}

        @Override
        public void fetched(String topic, int bytes, boolean follower) {}

        @Override
        public void fetchFailed(String topic) {}
      };

  /** A produce request carried data for the topic. */
  void produceRequest(String topic);

  /** {@code records} in {@code bytes} bytes were appended to one partition. */
  void produced(String topic, int records, int bytes);

  /** The append to one partition was refused or failed. */
  void produceFailed(String topic);

  /** The broker refused {@code bytes} bytes because they were too large. */
  void bytesRejected(String topic, int bytes);

  /** A fetch request asked for the topic. */
  void fetchRequest(String topic);

  /** {@code bytes} bytes of one partition leave for a consumer or a follower. */
  void fetched(String topic, int bytes, boolean follower);

  /** The read of one partition was refused or failed. */
  void fetchFailed(String topic);
}
