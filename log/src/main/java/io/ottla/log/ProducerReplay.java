package io.ottla.log;

import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.EndTransactionMarker;
import io.ottla.log.segment.BatchScanner;
import io.ottla.log.segment.Segment;
import io.ottla.log.segment.SegmentSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Rebuilds a log's producer table: the newest snapshot, then the batch headers after it. */
final class ProducerReplay {
  private ProducerReplay() {}

  /** Makes the table what it was at the log's end. */
  static void reload(LogState log) throws IOException {
    long from = log.snapshots.loadNewest(log.producers, log.endOffset).orElse(log.startOffset);
    if (from >= log.endOffset) {
      return;
    }
    SegmentSet segments = log.segments;
    for (int i = Math.max(0, segments.floor(from)); i < segments.count(); i++) {
      replay(log, segments.get(i), from);
    }
  }

  private static void replay(LogState log, Segment segment, long from) throws IOException {
    long batch = segment.batchFrom(from);
    if (batch < 0) {
      return;
    }
    BatchScanner scanner =
        new BatchScanner(
            segment.file(), Segment.position(batch), segment.size(), BatchScanner.SCAN_CHUNK);
    while (scanner.next()) {
      BatchHeader header = scanner.header();
      if (header.producerId() < 0) {
        continue;
      }
      if (!header.isControl()) {
        log.producers.update(header, header.maxTimestamp());
        continue;
      }
      ByteBuffer whole = ByteBuffer.allocate(header.sizeInBytes());
      segment.file().readFully(whole, scanner.position());
      Optional<EndTransactionMarker> marker = EndTransactionMarker.read(whole, 0);
      if (marker.isPresent()) {
        log.producers.updateMarker(header, marker.get(), header.maxTimestamp());
      }
    }
  }
}
