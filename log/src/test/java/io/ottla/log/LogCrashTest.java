package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.TestRecords.Seen;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.crashfs.CrashFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Random work, then the machine goes down on a disk that keeps only what was forced, and damages or
 * drops the rest. Whatever is found afterwards must be a prefix of what was written, at least as
 * long as what was flushed, under the right leader epochs.
 */
class LogCrashTest {
  private static final LogConfig CONFIG =
      LogConfig.of(
          Map.of(
              "segment.bytes", "3000",
              "index.interval.bytes", "300",
              "retention.bytes", "9000",
              "retention.ms", "-1",
              "file.delete.delay.ms", "0"));

  private final ManualClock clock = new ManualClock();
  private Random random;
  private LogDirectory directory;
  private PartitionLog log;
  private final List<Seen> written = new ArrayList<>();
  private final List<Integer> epochs = new ArrayList<>();
  private final StringBuilder history = new StringBuilder();
  private long durableEnd;
  private long start;
  private int epoch;

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void keepsWhatWasFlushedAndInventsNothing(@ForAll long seed) throws IOException {
    random = new Random(seed);
    written.clear();
    epochs.clear();
    history.setLength(0);
    durableEnd = 0;
    start = 0;
    epoch = 0;
    Path base = Files.createTempDirectory("ottla-log-crash");
    try {
      for (int life = 0; life < 3; life++) {
        Path before = base.resolve("life" + life);
        if (life == 0) {
          Files.createDirectory(before);
        }
        live(before, base.resolve("life" + (life + 1)), life);
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + "\n" + history, e);
    } finally {
      LogModelTest.deleteAll(base);
    }
  }

  private void live(Path real, Path next, int life) throws IOException {
    CrashFileSystem fileSystem = new CrashFileSystem(real);
    directory =
        LogDirectory.open(
            fileSystem.root(),
            LogDirectoryOptions.defaults().withClock(clock),
            p -> "boot " + life);
    if (life > 0) {
      if (!directory.logNames().isEmpty()) {
        assertThat(directory.lossy()).isTrue();
      }
    }
    log = directory.openOrCreate("topic-0", CONFIG);
    note("open at " + log.startOffset() + ".." + log.endOffset());
    checkSurvivors();
    int steps = 10 + random.nextInt(60);
    for (int i = 0; i < steps; i++) {
      step();
    }
    Files.createDirectory(next);
    fileSystem.disk().crashInto(next, random);
    directory.closeUncleanly();
  }

  private void step() throws IOException {
    int dice = random.nextInt(100);
    if (dice < 60) {
      int records = 1 + random.nextInt(5);
      BatchBuilder builder = new BatchBuilder();
      for (int i = 0; i < records; i++) {
        long offset = log.endOffset() + i;
        String value = offset + "-" + random.nextInt() + "x".repeat(random.nextInt(100));
        builder.add(1000 + offset, null, TestRecords.bytes(value));
        written.add(new Seen(offset, 1000 + offset, null, value));
        epochs.add(epoch);
      }
      TestRecords.append(log, builder.build(), epoch);
      note("append to " + log.endOffset() + " epoch " + epoch);
    } else if (dice < 72) {
      log.flush();
      durableEnd = log.endOffset();
      note("flush " + durableEnd);
    } else if (dice < 80) {
      directory.checkpointRecoveryPoints();
      directory.checkpointStartOffsets();
      note("checkpoint");
    } else if (dice < 88) {
      epoch++;
      log.assignEpoch(epoch, log.endOffset());
      note("epoch " + epoch + " at " + log.endOffset());
    } else if (dice < 94) {
      long from = Math.max(start, log.endOffset() - 15);
      long offset = from + random.nextInt((int) (log.endOffset() - from) + 1);
      log.truncateTo(offset);
      forgetFrom(log.endOffset());
      durableEnd = Math.min(durableEnd, log.endOffset());
      note("truncate " + offset + " to " + log.endOffset());
    } else {
      log.applyRetention(clock.millis(), log.endOffset());
      start = log.startOffset();
      note("retention to " + start);
      directory.deleteExpiredFiles(clock.millis());
    }
  }

  private void forgetFrom(long end) {
    while (!written.isEmpty() && written.get(written.size() - 1).offset() >= end) {
      written.remove(written.size() - 1);
      epochs.remove(epochs.size() - 1);
    }
  }

  private void checkSurvivors() {
    long end = log.endOffset();
    long floor = log.startOffset();
    assertThat(end).isGreaterThanOrEqualTo(durableEnd);
    assertThat(floor).isLessThanOrEqualTo(Math.max(start, floor));
    List<Seen> expected =
        written.stream().filter(s -> s.offset() >= floor && s.offset() < end).toList();
    assertThat(TestRecords.readAll(log, floor, 700)).isEqualTo(expected);
    forgetFrom(end);
    for (int i = 0; i < written.size(); i++) {
      long offset = written.get(i).offset();
      if (offset >= floor) {
        EpochEnd answer = log.endOffsetFor(epochs.get(i));
        assertThat(answer.endOffset()).as("end of epoch %s", epochs.get(i)).isGreaterThan(offset);
        assertThat(answer.epoch()).isEqualTo(epochs.get(i));
      }
    }
    ByteBuffer more = TestRecords.batch(1000 + end, "after the crash " + end);
    epoch = Math.max(epoch, log.latestEpoch()) + 1;
    TestRecords.append(log, more, epoch);
    written.add(new Seen(end, 1000 + end, null, "after the crash " + end));
    epochs.add(epoch);
    start = floor;
    durableEnd = Math.min(durableEnd, end);
  }

  private void note(String what) {
    history.append(what).append('\n');
  }
}
