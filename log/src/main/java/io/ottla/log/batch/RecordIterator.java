package io.ottla.log.batch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The records of one batch in order. Uncompressed batches are read in place; compressed ones as a
 * stream that stops at a byte budget, so that a small batch cannot grow without limit. Every length
 * is checked against what is left before it is used. Not thread safe; close it.
 */
public final class RecordIterator implements Iterator<LogRecord>, AutoCloseable {
  private static final int MAX_HEADERS = 1 << 16;

  private final BatchHeader header;
  private final ByteBuffer inPlace;
  private final InputStream stream;
  private final int count;
  private long budget;
  private int read;

  private RecordIterator(BatchHeader header, ByteBuffer inPlace, InputStream stream, long budget) {
    this.header = header;
    this.inPlace = inPlace;
    this.stream = stream;
    this.budget = budget;
    this.count = header.recordCount();
  }

  /**
   * Iterates the batch at absolute index {@code at}, which must be whole.
   *
   * @param maxDecompressedBytes most bytes a compressed batch may expand to
   * @throws CorruptBatchException when codec or compressed frame cannot be read
   */
  public static RecordIterator of(ByteBuffer buffer, int at, long maxDecompressedBytes) {
    BatchHeader header = new BatchHeader(buffer, at);
    ByteBuffer body = buffer.slice(at + BatchHeader.SIZE, header.sizeInBytes() - BatchHeader.SIZE);
    Codec codec = Codec.byId(header.codecId());
    if (codec == Codec.NONE) {
      return new RecordIterator(header, body, null, maxDecompressedBytes);
    }
    try {
      InputStream in = codec.decompress(asStream(body), maxDecompressedBytes);
      return new RecordIterator(header, null, in, maxDecompressedBytes);
    } catch (IOException | RuntimeException e) {
      throw new CorruptBatchException(codec + " data cannot be read: " + e.getMessage(), e);
    }
  }

  private static InputStream asStream(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public boolean hasNext() {
    return read < count;
  }

  /**
   * The next record.
   *
   * @throws CorruptBatchException when the bytes are no record
   */
  @Override
  public LogRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    ByteBuffer record = inPlace != null ? nextInPlace() : nextFromStream();
    LogRecord parsed = parse(record);
    if (record.hasRemaining()) {
      throw new CorruptBatchException("record has " + record.remaining() + " bytes too many");
    }
    read++;
    return parsed;
  }

  /** Whether bytes follow the counted records: a batch must end with its last record. */
  public boolean hasTrailingBytes() {
    if (inPlace != null) {
      return inPlace.hasRemaining();
    }
    try {
      return stream.read() >= 0;
    } catch (IOException | RuntimeException e) {
      throw new CorruptBatchException("compressed data cannot be read: " + e.getMessage(), e);
    }
  }

  private ByteBuffer nextInPlace() {
    int length = Varint.readInt(inPlace);
    if (length < 0 || length > inPlace.remaining()) {
      throw new CorruptBatchException(
          "record claims " + length + " bytes, " + inPlace.remaining() + " are left");
    }
    ByteBuffer record = inPlace.slice(inPlace.position(), length);
    inPlace.position(inPlace.position() + length);
    return record;
  }

  private ByteBuffer nextFromStream() {
    try {
      int length = Varint.readInt(stream);
      budget -= Varint.size(length);
      if (length < 0 || length > budget) {
        throw new CorruptBatchException(
            "record claims " + length + " bytes, " + budget + " are left of the limit");
      }
      budget -= length;
      // Grows as bytes arrive: a claimed length alone allocates nothing.
      byte[] bytes = stream.readNBytes(length);
      if (bytes.length < length) {
        throw new CorruptBatchException("record cut at " + bytes.length + " of " + length);
      }
      return ByteBuffer.wrap(bytes);
    } catch (CorruptBatchException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new CorruptBatchException("compressed data cannot be read: " + e.getMessage(), e);
    }
  }

  private LogRecord parse(ByteBuffer in) {
    if (!in.hasRemaining()) {
      throw new CorruptBatchException("record of 0 bytes");
    }
    in.get(); // attributes, unused
    long timestampDelta = Varint.readLong(in);
    int offsetDelta = Varint.readInt(in);
    ByteBuffer key = bytes(in);
    ByteBuffer value = bytes(in);
    int headerCount = Varint.readInt(in);
    if (headerCount < 0 || headerCount > MAX_HEADERS || headerCount * 2L > in.remaining()) {
      throw new CorruptBatchException("record claims " + headerCount + " headers");
    }
    List<RecordHeader> headers = headerCount == 0 ? List.of() : new ArrayList<>(headerCount);
    for (int i = 0; i < headerCount; i++) {
      ByteBuffer name = bytes(in);
      if (name == null) {
        throw new CorruptBatchException("record header without a key");
      }
      headers.add(new RecordHeader(StandardCharsets.UTF_8.decode(name).toString(), bytes(in)));
    }
    long timestamp =
        header.isLogAppendTime() ? header.maxTimestamp() : header.baseTimestamp() + timestampDelta;
    int sequence =
        header.baseSequence() < 0 ? -1 : (header.baseSequence() + offsetDelta) & Integer.MAX_VALUE;
    return new LogRecord(
        header.baseOffset() + offsetDelta, timestamp, sequence, key, value, headers);
  }

  private static ByteBuffer bytes(ByteBuffer in) {
    int length = Varint.readInt(in);
    if (length == -1) {
      return null;
    }
    if (length < 0 || length > in.remaining()) {
      throw new CorruptBatchException(
          "field claims " + length + " bytes, " + in.remaining() + " are left");
    }
    ByteBuffer field = in.slice(in.position(), length);
    in.position(in.position() + length);
    return field;
  }

  @Override
  public void close() {
    if (stream != null) {
      try {
        stream.close();
      } catch (IOException e) {
        throw new CorruptBatchException("compressed data cannot be closed: " + e.getMessage(), e);
      }
    }
  }
}
