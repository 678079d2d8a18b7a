package io.ottla.log.batch;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Flyweight over one record batch of format v2, big endian:
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  0                      baseOffset (8)                           |
 *  +-------------------------------+-------------------------------+
 *  8 batchLength (4)               12 partitionLeaderEpoch (4)     |
 *  +-------+-----------------------+-------+---------------+-------+
 * 16 magic | 17 crc (4)                    | 21 attributes | 23 ...
 *  +-------+-------------------------------+---------------+-------+
 *    23 lastOffsetDelta (4) | 27 baseTimestamp (8) | 35 maxTimestamp (8)
 *    43 producerId (8) | 51 producerEpoch (2) | 53 baseSequence (4)
 *    57 recordCount (4) | 61 records ...
 * </pre>
 *
 * {@code batchLength} counts what follows it, so a batch has {@code 12 + batchLength} bytes. The
 * CRC-32C covers everything from {@code attributes} on: a leader stamps base offset and epoch
 * without touching it. Attribute bits: 0-2 codec, 3 log append time, 4 transactional, 5 control, 6
 * delete horizon.
 *
 * <p>Holds a reference to the caller's buffer and never moves its position; not thread safe. Reads
 * do no bounds checks of their own: call {@link #isPlausible} first on bytes of unknown origin.
 */
public final class BatchHeader {
  public static final int BASE_OFFSET = 0;
  public static final int LENGTH = 8;
  public static final int LEADER_EPOCH = 12;
  public static final int MAGIC = 16;
  public static final int CRC = 17;
  public static final int ATTRIBUTES = 21;
  public static final int LAST_OFFSET_DELTA = 23;
  public static final int BASE_TIMESTAMP = 27;
  public static final int MAX_TIMESTAMP = 35;
  public static final int PRODUCER_ID = 43;
  public static final int PRODUCER_EPOCH = 51;
  public static final int BASE_SEQUENCE = 53;
  public static final int RECORD_COUNT = 57;

  /** Bytes before the first record; the size of the smallest batch. */
  public static final int SIZE = 61;

  /** Bytes before {@code batchLength} starts to count. */
  public static final int OVERHEAD = 12;

  /** The only format version written and accepted. */
  public static final byte CURRENT_MAGIC = 2;

  static final int CODEC_MASK = 0x07;
  static final int LOG_APPEND_TIME_BIT = 0x08;
  static final int TRANSACTIONAL_BIT = 0x10;
  static final int CONTROL_BIT = 0x20;
  static final int DELETE_HORIZON_BIT = 0x40;

  private ByteBuffer buffer;
  private int at;

  public BatchHeader() {}

  public BatchHeader(ByteBuffer buffer, int at) {
    wrap(buffer, at);
  }

  /** Points this flyweight at the batch that starts at absolute index {@code at}. */
  public BatchHeader wrap(ByteBuffer newBuffer, int newAt) {
    buffer = newBuffer;
    at = newAt;
    return this;
  }

  /** Size of the batch at {@code at}, whatever its bytes claim; needs 12 readable bytes. */
  public static long claimedSize(ByteBuffer buffer, int at) {
    return (long) OVERHEAD + buffer.getInt(at + LENGTH);
  }

  /** Whether the fixed fields could belong to a batch; needs {@link #SIZE} readable bytes. */
  public boolean isPlausible() {
    return buffer.getInt(at + LENGTH) >= SIZE - OVERHEAD
        && magic() == CURRENT_MAGIC
        && lastOffsetDelta() >= 0
        && recordCount() >= 0
        && baseOffset() >= 0;
  }

  public long baseOffset() {
    return buffer.getLong(at + BASE_OFFSET);
  }

  public void baseOffset(long value) {
    buffer.putLong(at + BASE_OFFSET, value);
  }

  public long lastOffset() {
    return baseOffset() + lastOffsetDelta();
  }

  /** First offset after the batch. */
  public long nextOffset() {
    return lastOffset() + 1;
  }

  /** Bytes of the whole batch, header included. */
  public int sizeInBytes() {
    return OVERHEAD + buffer.getInt(at + LENGTH);
  }

  public int leaderEpoch() {
    return buffer.getInt(at + LEADER_EPOCH);
  }

  public void leaderEpoch(int value) {
    buffer.putInt(at + LEADER_EPOCH, value);
  }

  public byte magic() {
    return buffer.get(at + MAGIC);
  }

  public int crc() {
    return buffer.getInt(at + CRC);
  }

  public int attributes() {
    return buffer.getShort(at + ATTRIBUTES) & 0xFFFF;
  }

  public int codecId() {
    return attributes() & CODEC_MASK;
  }

  public boolean isLogAppendTime() {
    return (attributes() & LOG_APPEND_TIME_BIT) != 0;
  }

  public boolean isTransactional() {
    return (attributes() & TRANSACTIONAL_BIT) != 0;
  }

  public boolean isControl() {
    return (attributes() & CONTROL_BIT) != 0;
  }

  public boolean hasDeleteHorizon() {
    return (attributes() & DELETE_HORIZON_BIT) != 0;
  }

  public int lastOffsetDelta() {
    return buffer.getInt(at + LAST_OFFSET_DELTA);
  }

  public long baseTimestamp() {
    return buffer.getLong(at + BASE_TIMESTAMP);
  }

  public long maxTimestamp() {
    return buffer.getLong(at + MAX_TIMESTAMP);
  }

  public long producerId() {
    return buffer.getLong(at + PRODUCER_ID);
  }

  public short producerEpoch() {
    return buffer.getShort(at + PRODUCER_EPOCH);
  }

  public int baseSequence() {
    return buffer.getInt(at + BASE_SEQUENCE);
  }

  /** Sequence of the last record; after 2^31-1 comes 0. -1 without a sequence. */
  public int lastSequence() {
    int base = baseSequence();
    return base < 0 ? -1 : (base + lastOffsetDelta()) & Integer.MAX_VALUE;
  }

  public int recordCount() {
    return buffer.getInt(at + RECORD_COUNT);
  }

  /** Recomputes the checksum over the whole batch; all its bytes must be in the buffer. */
  public int computeCrc() {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(at + ATTRIBUTES, sizeInBytes() - ATTRIBUTES));
    return (int) crc.getValue();
  }

  public boolean crcMatches() {
    return computeCrc() == crc();
  }

  /** Turns the batch into one stamped by the broker's clock and renews the checksum. */
  public void stampLogAppendTime(long timestampMs) {
    buffer.putShort(at + ATTRIBUTES, (short) (attributes() | LOG_APPEND_TIME_BIT));
    buffer.putLong(at + MAX_TIMESTAMP, timestampMs);
    buffer.putInt(at + CRC, computeCrc());
  }

  @Override
  public String toString() {
    return "batch[offsets "
        + baseOffset()
        + ".."
        + lastOffset()
        + ", bytes "
        + sizeInBytes()
        + ", epoch "
        + leaderEpoch()
        + ", records "
        + recordCount()
        + ", producer "
        + producerId()
        + "/"
        + producerEpoch()
        + ", sequence "
        + baseSequence()
        + "]";
  }
}
