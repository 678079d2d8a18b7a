package io.ottla.log.batch;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The one record of a control batch that ends a transaction: key {version i16, type i16}, value
 * {version i16, coordinator epoch i32}.
 *
 * @param committed true for COMMIT, false for ABORT
 * @param coordinatorEpoch leader epoch of the coordinator's partition when it decided
 */
public record EndTransactionMarker(boolean committed, int coordinatorEpoch) {
  private static final short ABORT = 0;
  private static final short COMMIT = 1;

  /** The marker as a batch, ready for {@code appendInternal}. */
  public ByteBuffer toBatch(long producerId, short producerEpoch, long timestampMs) {
    ByteBuffer key = ByteBuffer.allocate(4).putShort((short) 0);
    key.putShort(committed ? COMMIT : ABORT).flip();
    ByteBuffer value = ByteBuffer.allocate(6).putShort((short) 0).putInt(coordinatorEpoch).flip();
    return new BatchBuilder()
        .producer(producerId, producerEpoch, -1)
        .transactional(true)
        .control(true)
        .add(timestampMs, key, value, List.of())
        .build();
  }

  /** Reads a control batch; empty when it holds another kind of control record, or nonsense. */
  public static Optional<EndTransactionMarker> read(ByteBuffer batch, int at) {
    try (RecordIterator records = RecordIterator.of(batch, at, 1024)) {
      if (!records.hasNext()) {
        return Optional.empty();
      }
      LogRecord record = records.next();
      if (record.key() == null
          || record.key().remaining() < 4
          || record.value() == null
          || record.value().remaining() < 6) {
        return Optional.empty();
      }
      short type = record.key().getShort(record.key().position() + 2);
      int epoch = record.value().getInt(record.value().position() + 2);
      return type == ABORT || type == COMMIT
          ? Optional.of(new EndTransactionMarker(type == COMMIT, epoch))
          : Optional.empty();
    } catch (CorruptBatchException e) {
      return Optional.empty();
    }
  }
}
