package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.BatchRejectedException.Reason;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.batch.Codec;
import io.ottla.log.batch.EndTransactionMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionLogTest {
  @TempDir Path path;
  private final ManualClock clock = new ManualClock();
  private LogDirectory directory;
  private PartitionLog log;

  @BeforeEach
  void open() throws IOException {
    open(Map.of("segment.bytes", "10000", "index.interval.bytes", "300"));
  }

  private void open(Map<String, String> config) throws IOException {
    directory =
        LogDirectory.open(
            path, LogDirectoryOptions.defaults().withClock(clock), p -> "boot 1 mount 1");
    log = directory.openOrCreate("t-0", LogConfig.of(config));
  }

  @AfterEach
  void close() {
    directory.closeUncleanly();
  }

  private void restart(boolean cleanly) throws IOException {
    if (cleanly) {
      directory.close(5);
    } else {
      directory.closeUncleanly();
    }
    open();
  }

  private void fill(int batches) {
    for (int i = 0; i < batches; i++) {
      TestRecords.append(log, TestRecords.batch(clock.millis() + i, "value " + i, "x"), 0);
    }
  }

  private Path file(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(log.directory())) {
      return files.filter(f -> f.toString().endsWith(suffix)).sorted().findFirst().orElseThrow();
    }
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void everyCodecPassesThroughByteForByte(Codec codec) {
    ByteBuffer batch = TestRecords.batch(codec, 1000, "one", "two", "three");
    byte[] sent = new byte[batch.remaining()];
    batch.get(0, sent);
    TestRecords.append(log, batch, 3);
    ByteBuffer stored = TestRecords.bytesFrom(log, 0, 10_000, 3);
    Arrays.fill(sent, 0, 8, (byte) 0);
    sent[15] = 3;
    Arrays.fill(sent, 12, 15, (byte) 0);
    assertThat(stored).isEqualTo(ByteBuffer.wrap(sent));
  }

  @Test
  void logAppendTimeIsStamped() throws Exception {
    log.updateConfig(LogConfig.of(Map.of("message.timestamp.type", "LogAppendTime")));
    AppendResult result = log.append(log.validate(TestRecords.batch(1, "a", "b"), 777_000), 0);
    assertThat(result.logAppendTimeMs()).isEqualTo(777_000);
    assertThat(TestRecords.readAll(log, 0, 1000)).allMatch(r -> r.timestamp() == 777_000);
    assertThat(log.offsetForTimestamp(5, 10)).contains(new TimestampOffset(777_000, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBatchSentTwiceIsStoredOnceAlsoAfterARestart(boolean cleanly) throws Exception {
    AppendResult first = TestRecords.append(log, TestRecords.produced(7, 0, 0, 3), 1);
    TestRecords.append(log, TestRecords.batch(5, "between"), 1);
    restart(cleanly);
    AppendResult again = TestRecords.append(log, TestRecords.produced(7, 0, 0, 3), 1);
    assertThat(again.duplicate()).isTrue();
    assertThat(again.baseOffset()).isEqualTo(first.baseOffset());
    assertThat(again.lastOffset()).isEqualTo(first.lastOffset());
    assertThat(log.endOffset()).isEqualTo(4);
    assertThatThrownBy(() -> log.append(log.validate(TestRecords.produced(7, 0, 4, 1), 0), 1))
        .isInstanceOfSatisfying(
            BatchRejectedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.OUT_OF_ORDER_SEQUENCE));
    assertThat(log.activeProducers())
        .containsExactly(new ProducerStateView(7, (short) 0, 2, 1002, -1, -1));
  }

  @Test
  void truncationTakesProducersBack() throws Exception {
    TestRecords.append(log, TestRecords.produced(7, 0, 0, 2), 1);
    TestRecords.append(log, TestRecords.produced(7, 0, 2, 2), 1);
    log.truncateTo(2);
    assertThat(TestRecords.append(log, TestRecords.produced(7, 0, 2, 2), 1).duplicate()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void controlBatchesAreAppendedInternallyAndSurvive(boolean cleanly) throws Exception {
    BatchBuilder open = new BatchBuilder().producer(9, (short) 1, 0).transactional(true);
    TestRecords.append(log, open.add(1, null, new byte[2]).build(), 1);
    assertThat(log.firstOpenTransactionOffset()).hasValue(0);
    EndTransactionMarker commit = new EndTransactionMarker(true, 4);
    AppendResult result = log.appendInternal(commit.toBatch(9, (short) 1, 10), 1);
    assertThat(result.baseOffset()).isEqualTo(1);
    restart(cleanly);
    assertThat(log.endOffset()).isEqualTo(2);
    assertThat(log.firstOpenTransactionOffset()).isEmpty();
    assertThat(log.activeProducers().get(0).coordinatorEpoch()).isEqualTo(4);
    assertThatThrownBy(
            () ->
                log.appendInternal(new EndTransactionMarker(true, 3).toBatch(9, (short) 1, 10), 1))
        .isInstanceOfSatisfying(
            BatchRejectedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.COORDINATOR_FENCED));
  }

  @Test
  void aFollowerRefusesWhatDoesNotContinueItsLog() throws Exception {
    TestRecords.append(log, TestRecords.batch(1, "a", "b"), 2);
    ByteBuffer overlapping = TestRecords.batch(1, "c");
    overlapping.putLong(0, 1);
    assertThatThrownBy(() -> log.appendAsFollower(overlapping))
        .isInstanceOfSatisfying(
            BatchRejectedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.UNEXPECTED_OFFSET));
    ByteBuffer older = new BatchBuilder().baseOffset(2).leaderEpoch(1).add(1, null, null).build();
    assertThatThrownBy(() -> log.appendAsFollower(older)).isInstanceOf(IllegalStateException.class);
    ByteBuffer damaged = new BatchBuilder().baseOffset(2).leaderEpoch(2).add(1, null, null).build();
    damaged.put(62, (byte) 9);
    assertThatThrownBy(() -> log.appendAsFollower(damaged))
        .isInstanceOfSatisfying(
            BatchRejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT));
    assertThat(log.endOffset()).isEqualTo(2);
  }

  @Test
  void anEmptyFollowerTakesABatchItsStartLiesIn() throws Exception {
    log.truncateFullyAndStartAt(12);
    ByteBuffer batch =
        new BatchBuilder()
            .baseOffset(10)
            .leaderEpoch(1)
            .add(1, null, null)
            .add(1, null, null)
            .add(1, null, null)
            .add(1, null, null)
            .build();
    log.appendAsFollower(batch);
    assertThat(log.startOffset()).isEqualTo(12);
    assertThat(log.endOffset()).isEqualTo(14);
    try (LogSlice slice = log.read(12, 1000, 14, true)) {
      assertThat(slice.baseOffset()).isEqualTo(10);
    }
    restart(true);
    assertThat(log.startOffset()).isEqualTo(12);
    assertThat(log.endOffset()).isEqualTo(14);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30, 90, 400})
  void aTornTailIsCut(int lost) throws Exception {
    fill(40);
    List<TestRecords.Seen> before = TestRecords.readAll(log, 0, 5000);
    directory.closeUncleanly();
    Path file = file(".log");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - lost);
    }
    open();
    assertThat(directory.recoveredUncleanly("t-0")).isTrue();
    assertThat(log.endOffset()).isLessThan(80).isGreaterThan(60).isEven();
    assertThat(TestRecords.readAll(log, 0, 5000))
        .isEqualTo(before.subList(0, (int) log.endOffset()));
    TestRecords.append(log, TestRecords.batch(1, "goes on"), 0);
    assertThat(TestRecords.readAll(log, 0, 5000)).hasSize((int) log.endOffset());
  }

  @Test
  void aTailOfZerosOrGarbageIsCutAndLaterSegmentsGo() throws Exception {
    open3Segments();
    directory.closeUncleanly();
    try (FileChannel channel = FileChannel.open(file(".log"), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(50), 4000);
    }
    open();
    assertThat(log.segmentCount()).isEqualTo(1);
    assertThat(directory.recoveredUncleanly("t-0")).isTrue();
    assertThat(TestRecords.readAll(log, 0, 5000)).hasSize((int) log.endOffset());
  }

  private void open3Segments() {
    fill(300);
    assertThat(log.segmentCount()).isGreaterThanOrEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {".index", ".timeindex"})
  void aLostOrGarbledIndexIsMadeAnew(String suffix) throws Exception {
    damageAndRead(suffix, file -> Files.delete(file));
    damageAndRead(suffix, file -> Files.write(file, new byte[5]));
    damageAndRead(
        suffix,
        file -> {
          byte[] bytes = Files.readAllBytes(file);
          for (int i = 0; i < bytes.length; i += 4) {
            bytes[i + 3] ^= 0x55;
          }
          Files.write(file, bytes);
        });
  }

  private interface Damage {
    void to(Path file) throws IOException;
  }

  private void damageAndRead(String suffix, Damage damage) throws IOException {
    fill(200);
    List<TestRecords.Seen> before = TestRecords.readAll(log, 0, 700);
    directory.close(5);
    damage.to(file(suffix));
    open();
    for (int offset = 0; offset < before.size(); offset += 37) {
      assertThat(TestRecords.readAll(log, offset, 700))
          .isEqualTo(before.subList(offset, before.size()));
    }
  }

  @Test
  void kafkaFileNamesAndLazyIndexes() throws Exception {
    try (Stream<Path> files = Files.list(log.directory())) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactly("00000000000000000000.log");
    }
    log.assignTopicId("AAAAAAAAAAAAAAAAAAAAAQ");
    assertThat(Files.readString(log.directory().resolve("partition.metadata")))
        .isEqualTo("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n");
    assertThatThrownBy(() -> log.assignTopicId("AAAAAAAAAAAAAAAAAAAAAg"))
        .isInstanceOf(IllegalStateException.class);
    fill(120);
    restart(true);
    assertThat(log.topicId()).contains("AAAAAAAAAAAAAAAAAAAAAQ");
    assertThat(Files.size(file(".index")) % 8).isZero();
    assertThat(Files.size(file(".timeindex")) % 12).isZero();
    assertThat(file(".snapshot")).isNotNull();
  }

  @Test
  void segmentsRollBySizeTimeAndIndexSize() throws Exception {
    log.updateConfig(LogConfig.of(Map.of("segment.ms", "1000")));
    TestRecords.append(log, TestRecords.batch(5_000, "a"), 0);
    TestRecords.append(log, TestRecords.batch(6_000, "b"), 0);
    assertThat(log.segmentCount()).isEqualTo(1);
    TestRecords.append(log, TestRecords.batch(6_001, "c"), 0);
    assertThat(log.segmentCount()).isEqualTo(2);
    log.rollIfDue(clock.millis() + 1000);
    assertThat(log.segmentCount()).isEqualTo(2);
    log.rollIfDue(clock.millis() + 1001);
    assertThat(log.segmentCount()).isEqualTo(3);
    log.rollIfDue(clock.millis() + 9000);
    assertThat(log.segmentCount()).as("an empty segment does not roll").isEqualTo(3);
    log.updateConfig(
        LogConfig.of(Map.of("segment.index.bytes", "48", "index.interval.bytes", "0")));
    fill(20);
    assertThat(log.segmentCount()).isGreaterThan(5);
    assertThat(TestRecords.readAll(log, 0, 300)).hasSize(43);
  }

  @Test
  void aSliceOutlivesItsSegment() throws Exception {
    open3Segments();
    try (LogSlice slice = log.read(0, 2000, 600, true)) {
      log.truncateFullyAndStartAt(1000);
      directory.deleteExpiredFiles(Long.MAX_VALUE);
      ByteBuffer out = ByteBuffer.allocate(slice.size());
      slice.readInto(out);
      assertThat(TestRecords.records(out.flip()).get(0).value()).isEqualTo("value 0");
      assertThat(slice.channel().isOpen()).isTrue();
    }
    try (Stream<Path> files = Files.list(log.directory())) {
      assertThat(files.filter(f -> f.toString().endsWith(".deleted"))).isEmpty();
    }
  }

  @Test
  void retentionByTimeAndDelayedRemovalOfFiles() throws Exception {
    open3Segments();
    int segments = log.segmentCount();
    log.updateConfig(LogConfig.of(Map.of("retention.ms", "1000", "file.delete.delay.ms", "500")));
    clock.advance(5000);
    long secondBase = log.applyRetention(clock.millis(), 400).startOffset();
    assertThat(secondBase).isPositive().isLessThanOrEqualTo(400);
    RetentionResult rest = log.applyRetention(clock.millis(), 600);
    assertThat(rest.startOffset()).isEqualTo(600);
    assertThat(rest.segmentsDeleted()).isPositive().isLessThan(segments);
    assertThat(log.segmentCount()).isEqualTo(1);
    assertThat(directory.deleteExpiredFiles(clock.millis() + 499)).isZero();
    assertThat(directory.deleteExpiredFiles(clock.millis() + 500)).isPositive();
    assertThat(log.endOffset()).isEqualTo(600);
    restart(true);
    assertThat(log.startOffset()).isEqualTo(600);
  }

  @Test
  void anInterruptedReaderDoesNotCloseTheFileForOthers() throws Exception {
    fill(20);
    Thread.currentThread().interrupt();
    assertThat(TestRecords.readAll(log, 0, 500)).hasSize(40);
    assertThat(Thread.interrupted()).isTrue();
    TestRecords.append(log, TestRecords.batch(1, "still writable"), 0);
    assertThat(TestRecords.readAll(log, 0, 500)).hasSize(41);
  }
}
