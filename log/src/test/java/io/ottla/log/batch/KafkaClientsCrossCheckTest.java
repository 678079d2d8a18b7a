package io.ottla.log.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** Batches we make are read by kafka-clients, and the other way round, field by field. */
class KafkaClientsCrossCheckTest {
  private static final class Plain {
    final long timestamp;
    final byte[] key;
    final byte[] value;
    final List<byte[][]> headers;

    Plain(long timestamp, byte[] key, byte[] value, List<byte[][]> headers) {
      this.timestamp = timestamp;
      this.key = key;
      this.value = value;
      this.headers = headers;
    }
  }

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void kafkaReadsWhatWeBuild(@ForAll long seed) {
    Random random = new Random(seed);
    List<Plain> records = records(random);
    Codec codec = Codec.byId(random.nextInt(5));
    boolean withProducer = random.nextBoolean();
    BatchBuilder builder = new BatchBuilder().baseOffset(1L << random.nextInt(50)).codec(codec);
    builder.leaderEpoch(random.nextInt(100));
    if (withProducer) {
      builder.producer(random.nextLong() >>> 1, (short) 7, Integer.MAX_VALUE - 1);
      builder.transactional(random.nextBoolean());
    }
    for (Plain plain : records) {
      List<io.ottla.log.batch.RecordHeader> headers = new ArrayList<>();
      for (byte[][] h : plain.headers) {
        headers.add(
            new io.ottla.log.batch.RecordHeader(
                new String(h[0], StandardCharsets.UTF_8),
                h[1] == null ? null : ByteBuffer.wrap(h[1])));
      }
      builder.add(plain.timestamp, wrap(plain.key), wrap(plain.value), headers);
    }
    ByteBuffer built = builder.build();

    Iterator<MutableRecordBatch> batches =
        MemoryRecords.readableRecords(built.duplicate()).batches().iterator();
    MutableRecordBatch batch = batches.next();
    batch.ensureValid();
    assertThat(batches.hasNext()).isFalse();
    checkHeaders(new BatchHeader(built, 0), batch);
    int i = 0;
    for (Record record : batch) {
      checkRecord(record, records.get(i), batch.baseOffset() + i);
      i++;
    }
    assertThat(i).isEqualTo(records.size());
  }

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void weReadWhatKafkaBuilds(@ForAll long seed) {
    Random random = new Random(seed);
    List<Plain> records = records(random);
    CompressionType type = CompressionType.forId(random.nextInt(5));
    SimpleRecord[] simple =
        records.stream()
            .map(
                p ->
                    new SimpleRecord(
                        p.timestamp,
                        p.key,
                        p.value,
                        p.headers.stream()
                            .map(
                                h ->
                                    new RecordHeader(
                                        new String(h[0], StandardCharsets.UTF_8), h[1]))
                            .toArray(RecordHeader[]::new)))
            .toArray(SimpleRecord[]::new);
    MemoryRecords built =
        MemoryRecords.withRecords(
            RecordBatch.MAGIC_VALUE_V2,
            77,
            Compression.of(type).build(),
            TimestampType.CREATE_TIME,
            5L,
            (short) 2,
            9,
            3,
            random.nextBoolean(),
            simple);
    ByteBuffer buffer = built.buffer();
    BatchCursor cursor = new BatchCursor(buffer);
    assertThat(cursor.next()).isTrue();
    assertThat(cursor.header().crcMatches()).isTrue();
    checkHeaders(cursor.header(), built.batches().iterator().next());
    try (RecordIterator ours = RecordIterator.of(buffer, cursor.position(), 1 << 20)) {
      for (Record record : built.records()) {
        LogRecord mine = ours.next();
        assertThat(mine.offset()).isEqualTo(record.offset());
        assertThat(mine.timestampMs()).isEqualTo(record.timestamp());
        assertThat(mine.sequence()).isEqualTo(record.sequence());
        assertThat(mine.key()).isEqualTo(record.key());
        assertThat(mine.value()).isEqualTo(record.value());
        assertThat(mine.headers()).hasSize(record.headers().length);
        for (int h = 0; h < record.headers().length; h++) {
          assertThat(mine.headers().get(h).key()).isEqualTo(record.headers()[h].key());
          assertThat(mine.headers().get(h).value()).isEqualTo(wrap(record.headers()[h].value()));
        }
      }
      assertThat(ours.hasNext()).isFalse();
      assertThat(ours.hasTrailingBytes()).isFalse();
    }
    assertThat(cursor.next()).isFalse();
    assertThat(cursor.end()).isEqualTo(buffer.limit());
  }

  @Test
  void logAppendTimeStampIsWhatKafkaExpects() {
    ByteBuffer batch = new BatchBuilder().add(5, null, new byte[3]).add(9, null, null).build();
    new BatchHeader(batch, 0).stampLogAppendTime(123_456);
    MutableRecordBatch kafka = MemoryRecords.readableRecords(batch).batches().iterator().next();
    kafka.ensureValid();
    assertThat(kafka.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
    for (Record record : kafka) {
      assertThat(record.timestamp()).isEqualTo(123_456);
    }
    try (RecordIterator records = RecordIterator.of(batch, 0, 1000)) {
      records.forEachRemaining(r -> assertThat(r.timestampMs()).isEqualTo(123_456));
    }
  }

  @Test
  void markersAreKafkas() {
    ByteBuffer ours =
        new io.ottla.log.batch.EndTransactionMarker(true, 12).toBatch(44, (short) 3, 1000);
    MutableRecordBatch batch = MemoryRecords.readableRecords(ours).batches().iterator().next();
    batch.ensureValid();
    assertThat(batch.isControlBatch()).isTrue();
    assertThat(batch.isTransactional()).isTrue();
    EndTransactionMarker marker = EndTransactionMarker.deserialize(batch.iterator().next());
    assertThat(marker.controlType()).isEqualTo(ControlRecordType.COMMIT);
    assertThat(marker.coordinatorEpoch()).isEqualTo(12);

    MemoryRecords kafka =
        MemoryRecords.withEndTransactionMarker(
            0, 1000, 1, 44, (short) 3, new EndTransactionMarker(ControlRecordType.ABORT, 8));
    assertThat(io.ottla.log.batch.EndTransactionMarker.read(kafka.buffer(), 0))
        .contains(new io.ottla.log.batch.EndTransactionMarker(false, 8));
  }

  private static void checkHeaders(BatchHeader ours, MutableRecordBatch kafka) {
    assertThat(ours.baseOffset()).isEqualTo(kafka.baseOffset());
    assertThat(ours.lastOffset()).isEqualTo(kafka.lastOffset());
    assertThat(ours.nextOffset()).isEqualTo(kafka.nextOffset());
    assertThat(ours.sizeInBytes()).isEqualTo(kafka.sizeInBytes());
    assertThat(ours.leaderEpoch()).isEqualTo(kafka.partitionLeaderEpoch());
    assertThat(ours.magic()).isEqualTo(kafka.magic());
    assertThat(Integer.toUnsignedLong(ours.crc())).isEqualTo(kafka.checksum());
    assertThat(ours.codecId()).isEqualTo(kafka.compressionType().id);
    assertThat(ours.isTransactional()).isEqualTo(kafka.isTransactional());
    assertThat(ours.isControl()).isEqualTo(kafka.isControlBatch());
    assertThat(ours.maxTimestamp()).isEqualTo(kafka.maxTimestamp());
    assertThat(ours.producerId()).isEqualTo(kafka.producerId());
    assertThat(ours.producerEpoch()).isEqualTo(kafka.producerEpoch());
    assertThat(ours.baseSequence()).isEqualTo(kafka.baseSequence());
    assertThat(ours.lastSequence()).isEqualTo(kafka.lastSequence());
    assertThat(ours.recordCount()).isEqualTo(kafka.countOrNull());
  }

  private static void checkRecord(Record record, Plain plain, long offset) {
    record.ensureValid();
    assertThat(record.offset()).isEqualTo(offset);
    assertThat(record.timestamp()).isEqualTo(plain.timestamp);
    assertThat(record.key()).isEqualTo(wrap(plain.key));
    assertThat(record.value()).isEqualTo(wrap(plain.value));
    assertThat(record.headers()).hasSize(plain.headers.size());
    for (int h = 0; h < record.headers().length; h++) {
      assertThat(record.headers()[h].key())
          .isEqualTo(new String(plain.headers.get(h)[0], StandardCharsets.UTF_8));
      assertThat(record.headers()[h].value()).isEqualTo(plain.headers.get(h)[1]);
    }
  }

  private static List<Plain> records(Random random) {
    List<Plain> records = new ArrayList<>();
    int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 400 : 8);
    long time = Math.abs(random.nextLong() % 2_000_000_000_000L);
    for (int i = 0; i < count; i++) {
      List<byte[][]> headers = new ArrayList<>();
      for (int h = random.nextInt(4) - 1; h > 0; h--) {
        headers.add(
            new byte[][] {
              ("h" + random.nextInt(99) + "ä").getBytes(StandardCharsets.UTF_8), field(random)
            });
      }
      records.add(
          new Plain(
              Math.max(0, time + random.nextInt(2000) - 1000),
              field(random),
              field(random),
              headers));
    }
    return records;
  }

  private static byte[] field(Random random) {
    int kind = random.nextInt(6);
    if (kind == 0) {
      return null;
    }
    byte[] bytes = new byte[kind == 1 ? 0 : random.nextInt(kind == 5 ? 3000 : 60)];
    if (kind > 2) {
      random.nextBytes(bytes);
    }
    return bytes;
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return bytes == null ? null : ByteBuffer.wrap(bytes);
  }
}
