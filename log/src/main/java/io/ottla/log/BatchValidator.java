package io.ottla.log;

import io.ottla.log.BatchRejectedException.Reason;
import io.ottla.log.BatchRejectedException.RecordError;
import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.Codec;
import io.ottla.log.batch.CorruptBatchException;
import io.ottla.log.batch.LogRecord;
import io.ottla.log.batch.RecordIterator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a batch from a client has to fulfil before anything is locked. Looks at the header and, over
 * all bytes, at the checksum; at single records only when the topic is compacted, which needs keys.
 * No state, any thread.
 */
final class BatchValidator {
  private static final int MAX_RECORD_ERRORS = 100;
  private static final int ATTRIBUTES_KNOWN = 0x7F;

  private final String log;
  private final long maxDecompressedBytes;

  BatchValidator(String log, long maxDecompressedBytes) {
    this.log = log;
    this.maxDecompressedBytes = maxDecompressedBytes;
  }

  ValidatedBatch validate(ByteBuffer records, LogConfig config, long nowMs)
      throws BatchRejectedException {
    if (records.isReadOnly()) {
      throw new IllegalArgumentException(log + ": the batch is stamped in place, give it writable");
    }
    BatchHeader header = checkShape(records, config);
    if (!header.crcMatches()) {
      throw rejected(Reason.CORRUPT, header, "checksum does not match");
    }
    if (!Codec.isKnown(header.codecId())) {
      throw rejected(Reason.UNSUPPORTED_CODEC, header, "codec " + header.codecId());
    }
    checkHeader(header);
    checkTimestamps(header, config, nowMs);
    ByteBuffer view = records.slice();
    if (config.compact()) {
      checkKeys(view, header);
    }
    long maxTimestamp =
        config.timestampType() == TimestampType.LOG_APPEND_TIME ? nowMs : header.maxTimestamp();
    return new ValidatedBatch(view, nowMs, header.recordCount(), maxTimestamp);
  }

  private BatchHeader checkShape(ByteBuffer records, LogConfig config)
      throws BatchRejectedException {
    int at = records.position();
    int left = records.remaining();
    if (left == 0) {
      throw new BatchRejectedException(
          Reason.INVALID_RECORD, log + ": a produce request must carry exactly one batch");
    }
    if (left > BatchHeader.MAGIC
        && records.get(at + BatchHeader.MAGIC) != BatchHeader.CURRENT_MAGIC) {
      throw new BatchRejectedException(
          Reason.UNSUPPORTED_MAGIC,
          log
              + ": record format "
              + records.get(at + BatchHeader.MAGIC)
              + " is not accepted, only 2; use a client from 2017 or later");
    }
    long size = left < BatchHeader.OVERHEAD ? 0 : BatchHeader.claimedSize(records, at);
    if (size < BatchHeader.SIZE || size > left) {
      throw new BatchRejectedException(
          Reason.CORRUPT, log + ": batch claims " + size + " bytes, " + left + " are there");
    }
    if (size < left) {
      throw new BatchRejectedException(
          Reason.INVALID_RECORD, log + ": a produce request must carry exactly one batch");
    }
    BatchHeader header = new BatchHeader(records, at);
    if (size > config.maxMessageBytes()) {
      throw new BatchRejectedException(
          Reason.MESSAGE_TOO_LARGE,
          log + ": batch has " + size + " bytes, max.message.bytes is " + config.maxMessageBytes());
    }
    if (size > config.segmentBytes()) {
      throw new BatchRejectedException(
          Reason.RECORD_LIST_TOO_LARGE,
          log + ": batch has " + size + " bytes, segment.bytes is " + config.segmentBytes());
    }
    return header;
  }

  private void checkHeader(BatchHeader header) throws BatchRejectedException {
    String wrong = null;
    if (header.baseOffset() != 0) {
      wrong = "base offset must be 0";
    } else if (header.recordCount() <= 0 || header.lastOffsetDelta() != header.recordCount() - 1) {
      wrong =
          "record count "
              + header.recordCount()
              + " does not fit last offset delta "
              + header.lastOffsetDelta();
    } else if (header.isControl()) {
      wrong = "control batches are the broker's";
    } else if (header.hasDeleteHorizon() || (header.attributes() & ~ATTRIBUTES_KNOWN) != 0) {
      wrong = "attributes " + Integer.toHexString(header.attributes());
    } else if (header.producerId() >= 0
        && (header.producerEpoch() < 0 || header.baseSequence() < 0)) {
      wrong = "a producer id needs an epoch and a sequence";
    } else if (header.producerId() < 0 && header.isTransactional()) {
      wrong = "a transactional batch needs a producer id";
    }
    if (wrong != null) {
      throw rejected(Reason.INVALID_RECORD, header, wrong);
    }
  }

  private void checkTimestamps(BatchHeader header, LogConfig config, long nowMs)
      throws BatchRejectedException {
    if (header.isLogAppendTime()) {
      throw rejected(Reason.INVALID_TIMESTAMP, header, "log append time is the broker's to stamp");
    }
    if (config.timestampType() == TimestampType.LOG_APPEND_TIME) {
      return;
    }
    long before = config.timestampBeforeMaxMs();
    long after = config.timestampAfterMaxMs();
    long oldest = Math.min(header.baseTimestamp(), header.maxTimestamp());
    if ((before < nowMs && oldest >= 0 && oldest < nowMs - before)
        || (after < Long.MAX_VALUE - nowMs && header.maxTimestamp() > nowMs + after)) {
      throw rejected(
          Reason.INVALID_TIMESTAMP,
          header,
          "timestamps "
              + header.baseTimestamp()
              + ".."
              + header.maxTimestamp()
              + " are outside the topic's bounds around "
              + nowMs);
    }
  }

  private void checkKeys(ByteBuffer batch, BatchHeader header) throws BatchRejectedException {
    List<RecordError> errors = new ArrayList<>();
    try (RecordIterator records = RecordIterator.of(batch, 0, maxDecompressedBytes)) {
      for (int i = 0; records.hasNext(); i++) {
        LogRecord record = records.next();
        if (record.offset() != i) {
          throw rejected(
              Reason.INVALID_RECORD, header, "record " + i + " has delta " + record.offset());
        }
        if (!record.hasKey() && errors.size() < MAX_RECORD_ERRORS) {
          errors.add(new RecordError(i, "a record of a compacted topic needs a key"));
        }
      }
      if (records.hasTrailingBytes()) {
        throw rejected(Reason.INVALID_RECORD, header, "bytes follow the last record");
      }
    } catch (CorruptBatchException e) {
      throw rejected(Reason.INVALID_RECORD, header, e.getMessage());
    }
    if (!errors.isEmpty()) {
      throw new BatchRejectedException(
          Reason.INVALID_RECORD, log + ": records without a key on a compacted topic", errors);
    }
  }

  private BatchRejectedException rejected(Reason reason, BatchHeader header, String why) {
    return new BatchRejectedException(reason, log + ": " + why + " in " + header);
  }
}
