package io.ottla.log.batch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Builds one batch: for the coordinators' records, control markers and tests. Records get the
 * offsets base, base + 1, ... in the order they are added. Not thread safe; one builder makes one
 * batch.
 */
public final class BatchBuilder {
  private final ByteArrayOutputStream records = new ByteArrayOutputStream(512);
  private final ByteArrayOutputStream scratch = new ByteArrayOutputStream(128);
  private long baseOffset;
  private int leaderEpoch = -1;
  private Codec codec = Codec.NONE;
  private boolean logAppendTime;
  private long producerId = -1;
  private short producerEpoch = -1;
  private int baseSequence = -1;
  private boolean transactional;
  private boolean control;
  private int count;
  private long baseTimestamp = -1;
  private long maxTimestamp = -1;

  public BatchBuilder baseOffset(long value) {
    baseOffset = value;
    return this;
  }

  public BatchBuilder leaderEpoch(int value) {
    leaderEpoch = value;
    return this;
  }

  public BatchBuilder codec(Codec value) {
    codec = value;
    return this;
  }

  /** Marks the timestamps as the broker's; they all read as the largest one. */
  public BatchBuilder logAppendTime(boolean value) {
    logAppendTime = value;
    return this;
  }

  public BatchBuilder producer(long id, short epoch, int firstSequence) {
    producerId = id;
    producerEpoch = epoch;
    baseSequence = firstSequence;
    return this;
  }

  public BatchBuilder transactional(boolean value) {
    transactional = value;
    return this;
  }

  public BatchBuilder control(boolean value) {
    control = value;
    return this;
  }

  /** Adds a record; key and value may be null. */
  public BatchBuilder add(long timestampMs, byte[] key, byte[] value) {
    return add(
        timestampMs,
        key == null ? null : ByteBuffer.wrap(key),
        value == null ? null : ByteBuffer.wrap(value),
        List.of());
  }

  /** Adds a record; key and value may be null. The buffers' positions stay. */
  public BatchBuilder add(
      long timestampMs, ByteBuffer key, ByteBuffer value, List<RecordHeader> headers) {
    if (count == 0) {
      baseTimestamp = timestampMs;
    }
    maxTimestamp = Math.max(maxTimestamp, timestampMs);
    scratch.reset();
    scratch.write(0);
    Varint.write(scratch, timestampMs - baseTimestamp);
    Varint.write(scratch, count);
    field(key);
    field(value);
    Varint.write(scratch, headers.size());
    for (RecordHeader header : headers) {
      field(ByteBuffer.wrap(header.key().getBytes(StandardCharsets.UTF_8)));
      field(header.value());
    }
    Varint.write(records, scratch.size());
    records.writeBytes(scratch.toByteArray());
    count++;
    return this;
  }

  /** Records added so far. */
  public int count() {
    return count;
  }

  /** Bytes of the batch if it were built now without compression. */
  public int uncompressedSize() {
    return BatchHeader.SIZE + records.size();
  }

  /** The finished batch, from index 0 to its limit, writable. */
  public ByteBuffer build() {
    byte[] body = compressed();
    ByteBuffer out = ByteBuffer.allocate(BatchHeader.SIZE + body.length);
    out.put(BatchHeader.SIZE, body);
    out.putLong(BatchHeader.BASE_OFFSET, baseOffset);
    out.putInt(BatchHeader.LENGTH, out.capacity() - BatchHeader.OVERHEAD);
    out.putInt(BatchHeader.LEADER_EPOCH, leaderEpoch);
    out.put(BatchHeader.MAGIC, BatchHeader.CURRENT_MAGIC);
    out.putShort(BatchHeader.ATTRIBUTES, (short) attributes());
    out.putInt(BatchHeader.LAST_OFFSET_DELTA, Math.max(0, count - 1));
    out.putLong(BatchHeader.BASE_TIMESTAMP, baseTimestamp);
    out.putLong(BatchHeader.MAX_TIMESTAMP, maxTimestamp);
    out.putLong(BatchHeader.PRODUCER_ID, producerId);
    out.putShort(BatchHeader.PRODUCER_EPOCH, producerEpoch);
    out.putInt(BatchHeader.BASE_SEQUENCE, baseSequence);
    out.putInt(BatchHeader.RECORD_COUNT, count);
    BatchHeader header = new BatchHeader(out, 0);
    out.putInt(BatchHeader.CRC, header.computeCrc());
    return out;
  }

  private int attributes() {
    return codec.id()
        | (logAppendTime ? BatchHeader.LOG_APPEND_TIME_BIT : 0)
        | (transactional ? BatchHeader.TRANSACTIONAL_BIT : 0)
        | (control ? BatchHeader.CONTROL_BIT : 0);
  }

  private byte[] compressed() {
    if (codec == Codec.NONE) {
      return records.toByteArray();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(records.size() / 2 + 64);
    try (OutputStream compressor = codec.compress(out)) {
      records.writeTo(compressor);
    } catch (IOException e) {
      throw new UncheckedIOException("compressing in memory with " + codec, e);
    }
    return out.toByteArray();
  }

  private void field(ByteBuffer bytes) {
    if (bytes == null) {
      Varint.write(scratch, -1);
      return;
    }
    Varint.write(scratch, bytes.remaining());
    for (int i = bytes.position(); i < bytes.limit(); i++) {
      scratch.write(bytes.get(i));
    }
  }
}
