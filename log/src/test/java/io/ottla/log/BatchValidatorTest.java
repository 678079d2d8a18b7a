package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.BatchRejectedException.Reason;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.Codec;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BatchValidatorTest {
  private static final long NOW = 1_700_000_000_000L;
  private final BatchValidator validator = new BatchValidator("t-0", 64 * 1024);

  private static Arguments broken(String what, Reason reason, Consumer<ByteBuffer> damage) {
    return Arguments.of(what, reason, damage, true);
  }

  private static Arguments brokenCrcToo(String what, Reason reason, Consumer<ByteBuffer> damage) {
    return Arguments.of(what, reason, damage, false);
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        brokenCrcToo("payload bit", Reason.CORRUPT, b -> b.put(70, (byte) (b.get(70) ^ 1))),
        brokenCrcToo("magic 1", Reason.UNSUPPORTED_MAGIC, b -> b.put(16, (byte) 1)),
        brokenCrcToo("magic 0", Reason.UNSUPPORTED_MAGIC, b -> b.put(16, (byte) 0)),
        brokenCrcToo("length too large", Reason.CORRUPT, b -> b.putInt(8, b.getInt(8) + 1)),
        brokenCrcToo("length negative", Reason.CORRUPT, b -> b.putInt(8, -5)),
        brokenCrcToo("length huge", Reason.CORRUPT, b -> b.putInt(8, Integer.MAX_VALUE)),
        brokenCrcToo("length too small", Reason.CORRUPT, b -> b.putInt(8, 48)),
        brokenCrcToo("trailing bytes", Reason.INVALID_RECORD, b -> b.putInt(8, b.getInt(8) - 1)),
        broken("base offset", Reason.INVALID_RECORD, b -> b.putLong(0, 3)),
        broken("no records", Reason.INVALID_RECORD, b -> b.putInt(57, 0)),
        broken("count and delta", Reason.INVALID_RECORD, b -> b.putInt(57, 3)),
        broken("negative delta", Reason.INVALID_RECORD, b -> b.putInt(23, -1)),
        broken("control", Reason.INVALID_RECORD, b -> b.putShort(21, (short) 0x20)),
        broken("delete horizon", Reason.INVALID_RECORD, b -> b.putShort(21, (short) 0x40)),
        broken("unknown attribute", Reason.INVALID_RECORD, b -> b.putShort(21, (short) 0x100)),
        broken("transaction without id", Reason.INVALID_RECORD, b -> b.putShort(21, (short) 0x10)),
        broken("producer without sequence", Reason.INVALID_RECORD, b -> b.putLong(43, 5)),
        broken("codec 5", Reason.UNSUPPORTED_CODEC, b -> b.putShort(21, (short) 5)),
        broken("append time", Reason.INVALID_TIMESTAMP, b -> b.putShort(21, (short) 8)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void refuses(String what, Reason reason, Consumer<ByteBuffer> damage, boolean renewCrc) {
    ByteBuffer batch = TestRecords.batch(NOW, "one", "two");
    damage.accept(batch);
    if (renewCrc) {
      batch.putInt(17, new BatchHeader(batch, 0).computeCrc());
    }
    assertThat(reason(batch, LogConfig.defaults())).as(what).isEqualTo(reason);
  }

  private Reason reason(ByteBuffer batch, LogConfig config) {
    try {
      validator.validate(batch, config, NOW);
      return null;
    } catch (BatchRejectedException e) {
      assertThat(e.getMessage()).startsWith("t-0: ");
      return e.reason();
    }
  }

  @Test
  void acceptsWithoutCopyingAndLeavesThePosition() throws Exception {
    ByteBuffer frame = ByteBuffer.allocateDirect(500).position(100);
    frame.put(TestRecords.batch(NOW, "one", "two")).limit(frame.position()).position(100);
    ValidatedBatch valid = validator.validate(frame, LogConfig.defaults(), NOW);
    assertThat(frame.position()).isEqualTo(100);
    assertThat(valid.records()).isEqualTo(2);
    assertThat(valid.buffer().isDirect()).isTrue();
    frame.put(100, (byte) 7);
    assertThat(valid.buffer().get(0)).as("a view").isEqualTo((byte) 7);
  }

  @Test
  void sizeLimits() {
    ByteBuffer batch = TestRecords.batch(NOW, "x".repeat(1000));
    assertThat(reason(batch, LogConfig.of(Map.of("max.message.bytes", "1000"))))
        .isEqualTo(Reason.MESSAGE_TOO_LARGE);
    assertThat(reason(batch, LogConfig.of(Map.of("segment.bytes", "1000"))))
        .isEqualTo(Reason.RECORD_LIST_TOO_LARGE);
    assertThat(reason(ByteBuffer.allocate(0), LogConfig.defaults()))
        .isEqualTo(Reason.INVALID_RECORD);
  }

  @Test
  void timestampBounds() {
    LogConfig config =
        LogConfig.of(
            Map.of(
                "message.timestamp.before.max.ms", "1000",
                "message.timestamp.after.max.ms", "500"));
    assertThat(reason(TestRecords.batch(NOW - 1000, "v"), config)).isNull();
    assertThat(reason(TestRecords.batch(NOW - 1001, "v"), config))
        .isEqualTo(Reason.INVALID_TIMESTAMP);
    assertThat(reason(TestRecords.batch(NOW + 500, "v"), config)).isNull();
    assertThat(reason(TestRecords.batch(NOW + 501, "v"), config))
        .isEqualTo(Reason.INVALID_TIMESTAMP);
    assertThat(reason(TestRecords.batch(0, "v"), LogConfig.defaults())).isNull();
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void compactedTopicsNeedKeysAndSayWhichRecordsHaveNone(Codec codec) {
    LogConfig compacted = LogConfig.of(Map.of("cleanup.policy", "compact"));
    assertThat(reason(TestRecords.batch(codec, NOW, "a", "b"), compacted)).isNull();
    ByteBuffer batch =
        new BatchBuilder()
            .codec(codec)
            .add(NOW, new byte[1], null)
            .add(NOW, null, new byte[1])
            .build();
    assertThatThrownBy(() -> validator.validate(batch, compacted, NOW))
        .isInstanceOfSatisfying(
            BatchRejectedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.INVALID_RECORD);
              assertThat(e.recordErrors()).extracting(r -> r.batchIndex()).containsExactly(1);
            });
  }

  @ParameterizedTest
  @EnumSource(
      value = Codec.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBatchThatGrowsBeyondTheLimitIsRefused(Codec codec) {
    ByteBuffer bomb =
        new BatchBuilder().codec(codec).add(NOW, new byte[1], new byte[4 << 20]).build();
    assertThat(reason(bomb, LogConfig.of(Map.of("cleanup.policy", "compact"))))
        .isEqualTo(Reason.INVALID_RECORD);
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void randomBytesInsideARightFrameNeverEscapeAsAnythingElse(Codec codec) {
    LogConfig compacted = LogConfig.of(Map.of("cleanup.policy", "compact"));
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      ByteBuffer batch = TestRecords.batch(codec, NOW, "some value", "another value");
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        int at = BatchHeader.SIZE + random.nextInt(batch.limit() - BatchHeader.SIZE);
        batch.put(at, (byte) random.nextInt());
      }
      batch.putInt(17, new BatchHeader(batch, 0).computeCrc());
      assertThat(reason(batch, compacted)).as("seed %s", seed).isIn(null, Reason.INVALID_RECORD);
    }
  }
}
