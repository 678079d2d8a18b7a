package io.ottla.log;

import io.ottla.log.segment.SegmentSet;
import io.ottla.log.state.LeaderEpochs;
import io.ottla.log.state.ProducerSnapshots;
import io.ottla.log.state.ProducerStates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * The parts of one log, shared by the classes that read, write, flush and load it.
 *
 * <p>Always true: {@code startOffset <= endOffset}; the first segment's base is at or below the
 * start. The volatile fields are written under the owner's lock (recovery point and flush marks:
 * also by {@link LogFlusher}) and read by anyone. Order of writes: bytes, segment tail, end offset;
 * start offset before the segments below it go.
 */
final class LogState {
  final String name;
  final LogContext context;
  final LeaderEpochs epochs;
  final ProducerStates producers;
  final ProducerSnapshots snapshots;
  final LogFlusher flusher;

  volatile Path directory;
  volatile LogConfig config;
  volatile SegmentSet segments;
  volatile long startOffset;
  volatile long endOffset;
  volatile String topicId;
  volatile boolean closed;
  private volatile IOException failure;

  LogState(String name, Path directory, LogConfig config, LogContext context) {
    this.name = name;
    this.directory = directory;
    this.config = config;
    this.context = context;
    this.epochs = new LeaderEpochs(directory);
    this.producers = new ProducerStates(name, context.options().maxProducersPerLog());
    this.snapshots = new ProducerSnapshots(directory);
    this.flusher = new LogFlusher(this);
  }

  boolean hasNoRecords() {
    return segments.count() == 1 && segments.active().isEmpty();
  }

  /** Refuses to change a log that is closed or whose files are in doubt. */
  void checkWritable() {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
    try {
      checkFlushable();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Refuses to touch files that are in doubt: what failed once must not seem to succeed later. */
  void checkFlushable() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw new IOException(
          name + " takes no writes since " + failed.getMessage() + "; restart the broker", failed);
    }
  }

  /** Takes the log, and with it its directory, out of service. */
  UncheckedIOException fail(String doing, IOException e) {
    failure = e;
    context.failed(name, e);
    return new UncheckedIOException(name + ": " + doing + " failed: " + e.getMessage(), e);
  }

  boolean hasFailed() {
    return failure != null;
  }
}
