package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.TestRecords.Seen;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.batch.Codec;
import io.ottla.log.crashfs.CrashFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Random operations against a plain list of records: whatever is appended, cut, rolled, closed or
 * killed, the log holds what the list holds. jqwik prints the seed of a run that fails.
 */
class LogModelTest {
  private static final LogConfig CONFIG =
      LogConfig.of(
          Map.of(
              "segment.bytes", "2000",
              "index.interval.bytes", "200",
              "retention.bytes", "6000",
              "retention.ms", "-1",
              "file.delete.delay.ms", "0"));

  private final ManualClock clock = new ManualClock();
  private Path path;
  private LogDirectory directory;
  private PartitionLog log;
  private Random random;

  // The model.
  private final List<Seen> model = new ArrayList<>();
  private long start;
  private long end;
  private int epoch;
  private final StringBuilder history = new StringBuilder();

  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void behavesLikeAList(@ForAll long seed) throws IOException {
    random = new Random(seed);
    Path real = Files.createTempDirectory("ottla-log-model");
    // Its forces cost nothing; what a crash does to it is another test.
    path = new CrashFileSystem(real).root();
    model.clear();
    history.setLength(0);
    start = 0;
    end = 0;
    epoch = 0;
    open();
    try {
      for (int i = 0; i < 120; i++) {
        step();
        check();
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + "\n" + history, e);
    } finally {
      directory.closeUncleanly();
      deleteAll(real);
    }
  }

  private void open() throws IOException {
    directory =
        LogDirectory.open(
            path, LogDirectoryOptions.defaults().withClock(clock), p -> "boot 1 mount 1");
    log = directory.openOrCreate("topic-0", CONFIG);
  }

  private void step() throws IOException {
    int dice = random.nextInt(100);
    if (dice < 45) {
      appendAsLeader();
    } else if (dice < 60) {
      appendAsFollower();
    } else if (dice < 66) {
      long offset = start + random.nextInt((int) (end - start) + 1);
      note("truncate " + offset);
      log.truncateTo(offset);
      end = log.endOffset();
      assertThat(end).isLessThanOrEqualTo(offset);
      model.removeIf(r -> r.offset() >= end);
    } else if (dice < 68) {
      long offset = random.nextInt(2000);
      note("restart at " + offset);
      log.truncateFullyAndStartAt(offset);
      model.clear();
      start = offset;
      end = offset;
    } else if (dice < 73) {
      long offset = start + random.nextInt((int) (end - start) + 1);
      note("advance start " + offset);
      assertThat(log.advanceStartOffset(offset)).isEqualTo(offset > start);
      setStart(offset);
    } else if (dice < 78) {
      long highWatermark = start + random.nextInt((int) (end - start) + 1);
      note("retention " + highWatermark);
      RetentionResult result = log.applyRetention(clock.millis(), highWatermark);
      assertThat(result.startOffset()).isLessThanOrEqualTo(Math.max(highWatermark, start));
      setStart(result.startOffset());
    } else if (dice < 82) {
      note("flush");
      log.flush();
      assertThat(log.recoveryPoint()).isEqualTo(end);
    } else if (dice < 86) {
      epoch++;
      note("epoch " + epoch);
      log.assignEpoch(epoch, end);
    } else if (dice < 93) {
      note("clean restart");
      directory.close(7);
      open();
      assertThat(directory.wasCleanShutdown()).isTrue();
      assertThat(directory.recoveredUncleanly("topic-0")).isFalse();
    } else {
      note("kill");
      if (random.nextBoolean()) {
        directory.checkpointRecoveryPoints();
      }
      directory.checkpointStartOffsets();
      directory.closeUncleanly();
      open();
      assertThat(directory.wasCleanShutdown()).isFalse();
      assertThat(directory.lossy()).isFalse();
      epoch = Math.max(epoch, log.latestEpoch());
    }
    if (random.nextInt(10) == 0) {
      directory.deleteExpiredFiles(clock.millis());
    }
  }

  private void appendAsLeader() {
    int records = 1 + random.nextInt(5);
    BatchBuilder builder =
        new BatchBuilder().codec(Codec.byId(random.nextInt(10) < 7 ? 0 : random.nextInt(5)));
    List<Seen> seen = add(builder, records, end);
    note("append " + records + " at " + end);
    AppendResult result = TestRecords.append(log, builder.build(), epoch);
    assertThat(result.baseOffset()).isEqualTo(end);
    assertThat(result.lastOffset()).isEqualTo(end + records - 1);
    end += records;
    model.addAll(seen);
  }

  private void appendAsFollower() {
    int batches = 1 + random.nextInt(8);
    ByteBuffer all = ByteBuffer.allocateDirect(64 * 1024);
    long next = end;
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      if (random.nextInt(20) == 0) {
        next += random.nextInt(10); // a gap compaction left
      }
      if (random.nextInt(20) == 0) {
        epoch++;
      }
      BatchBuilder builder = new BatchBuilder().baseOffset(next).leaderEpoch(epoch);
      int records = 1 + random.nextInt(4);
      seen.addAll(add(builder, records, next));
      all.put(builder.build());
      next += records;
    }
    int whole = all.position();
    ByteBuffer partial = TestRecords.batch(1, "cut off");
    all.put(partial.slice(0, random.nextInt(partial.limit())));
    all.flip();
    note("follow " + batches + " to " + next);
    try {
      FollowerAppend result = log.appendAsFollower(all);
      assertThat(result.bytes()).isEqualTo(whole);
      assertThat(result.endOffset()).isEqualTo(next);
      assertThat(result.records()).isEqualTo(seen.size());
    } catch (BatchRejectedException e) {
      throw new AssertionError(e);
    }
    end = next;
    model.addAll(seen);
  }

  private List<Seen> add(BatchBuilder builder, int records, long base) {
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      clock.advance(random.nextInt(20));
      long timestamp = clock.millis() - random.nextInt(50);
      String value = Long.toString(base + i) + "x".repeat(random.nextInt(120));
      builder.add(timestamp, null, TestRecords.bytes(value));
      seen.add(new Seen(base + i, timestamp, null, value));
    }
    return seen;
  }

  private void setStart(long offset) {
    start = Math.max(start, offset);
    model.removeIf(r -> r.offset() < start);
  }

  private void check() {
    assertThat(log.startOffset()).isEqualTo(start);
    assertThat(log.endOffset()).isEqualTo(end);
    assertThat(log.recoveryPoint()).isLessThanOrEqualTo(end);
    int maxBytes = 1 + random.nextInt(3000);
    assertThat(TestRecords.readAll(log, start, maxBytes)).isEqualTo(model);
    checkRandomRead();
    checkRandomTime();
    assertThatThrownBy(() -> log.read(end + 1, 10, Long.MAX_VALUE, true))
        .isInstanceOf(OffsetOutOfRangeException.class);
    if (start > 0) {
      assertThatThrownBy(() -> log.read(start - 1, 10, Long.MAX_VALUE, true))
          .isInstanceOf(OffsetOutOfRangeException.class);
    }
  }

  private void checkRandomRead() {
    long offset = start + random.nextInt((int) (end - start) + 1);
    long bound = start + random.nextInt((int) (end - start) + 1);
    int maxBytes = random.nextInt(1500);
    try (LogSlice slice = log.read(offset, maxBytes, bound, false)) {
      assertThat(slice.size()).isLessThanOrEqualTo(maxBytes);
      ByteBuffer out = ByteBuffer.allocate(slice.size());
      slice.readInto(out);
      List<Seen> read = TestRecords.records(out.flip());
      assertThat(read).allMatch(r -> r.offset() < bound);
      if (!read.isEmpty()) {
        assertThat(slice.baseOffset()).isEqualTo(read.get(0).offset());
        assertThat(read.get(read.size() - 1).offset()).isGreaterThanOrEqualTo(offset);
        assertThat(model.stream().filter(r -> r.offset() >= offset).findFirst())
            .isPresent()
            .get()
            .isIn(read);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void checkRandomTime() {
    long bound = random.nextInt(3) == 0 ? end : start + random.nextInt((int) (end - start) + 1);
    long time =
        model.isEmpty() || random.nextInt(5) == 0
            ? clock.millis() - 100 + random.nextInt(200)
            : model.get(random.nextInt(model.size())).timestamp() + random.nextInt(2);
    Optional<Seen> expected =
        model.stream().filter(r -> r.offset() < bound && r.timestamp() >= time).findFirst();
    assertThat(log.offsetForTimestamp(time, bound).map(TimestampOffset::offset))
        .as("first at or after %s below %s", time, bound)
        .isEqualTo(expected.map(Seen::offset));
    Optional<Seen> newest =
        model.stream()
            .max(
                Comparator.comparingLong(Seen::timestamp)
                    .thenComparing(Seen::offset, Comparator.reverseOrder()));
    assertThat(log.offsetOfMaxTimestamp(end).map(TimestampOffset::offset))
        .isEqualTo(newest.map(Seen::offset));
  }

  private void note(String what) {
    history.append(what).append('\n');
  }

  static void deleteAll(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path one : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }
}
