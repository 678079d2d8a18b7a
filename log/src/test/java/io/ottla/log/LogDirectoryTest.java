package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.crashfs.CrashFileSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogDirectoryTest {
  private static final LogDirectoryOptions OPTIONS = LogDirectoryOptions.defaults();
  @TempDir Path path;
  private String host = "boot 1";

  private LogDirectory open(Path at) {
    return LogDirectory.open(at, OPTIONS, p -> host);
  }

  private PartitionLog log(LogDirectory directory) throws IOException {
    return directory.openOrCreate("t-0", LogConfig.defaults());
  }

  @Test
  void cleanShutdownLeavesKafkasFiles() throws IOException {
    LogDirectory directory = open(path);
    assertThat(directory.wasCleanShutdown()).isFalse();
    assertThat(directory.lossy()).as("nothing there to lose").isFalse();
    TestRecords.append(log(directory), TestRecords.batch(1, "a", "b"), 0);
    directory.writeHighWatermarks(Map.of("t-0", 1L, "unknown-3", 9L));
    directory.close(42);
    assertThat(Files.readString(path.resolve(".kafka_cleanshutdown")))
        .isEqualTo("{\"version\":0,\"brokerEpoch\":42}");
    assertThat(Files.readString(path.resolve("recovery-point-offset-checkpoint")))
        .isEqualTo("0\n1\nt 0 2\n");
    assertThat(Files.readString(path.resolve("replication-offset-checkpoint")))
        .isEqualTo("0\n1\nt 0 1\n");

    LogDirectory again = open(path);
    assertThat(again.wasCleanShutdown()).isTrue();
    assertThat(again.cleanShutdownBrokerEpoch()).isEqualTo(42);
    assertThat(again.checkpointedHighWatermark("t-0")).hasValue(1);
    assertThat(again.logNames()).containsExactly("t-0");
    again.loadAll(name -> LogConfig.defaults());
    assertThat(again.get("t-0").orElseThrow().endOffset()).isEqualTo(2);
    assertThat(path.resolve(".kafka_cleanshutdown")).doesNotExist();
    again.closeUncleanly();
  }

  @Test
  void lossIsRememberedUntilItIsAcknowledged() throws IOException {
    LogDirectory directory = open(path);
    log(directory);
    directory.closeUncleanly();
    directory = open(path);
    assertThat(directory.lossy()).as("same boot").isFalse();
    directory.closeUncleanly();
    host = "boot 2";
    directory = open(path);
    assertThat(directory.lossy()).as("another boot").isTrue();
    directory.close(3);
    directory = open(path);
    assertThat(directory.lossy()).as("a clean stop in between does not bring it back").isTrue();
    directory.acknowledgeLoss();
    directory.closeUncleanly();
    directory = open(path);
    assertThat(directory.lossy()).isFalse();
    directory.closeUncleanly();
    Files.delete(path.resolve(".ottla_running"));
    directory = open(path);
    assertThat(directory.lossy()).as("no mark of any end").isTrue();
    directory.closeUncleanly();
  }

  @Test
  void aDirectoryHasOneBroker() {
    LogDirectory directory = open(path);
    assertThatThrownBy(() -> open(path))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("another broker");
    directory.closeUncleanly();
    open(path).closeUncleanly();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "recovery-point-offset-checkpoint",
        "replication-offset-checkpoint",
        "log-start-offset-checkpoint",
        "t-0/leader-epoch-checkpoint",
        "t-0/partition.metadata"
      })
  void anEmptiedFileIsNeverReadAsEmpty(String name) throws IOException {
    LogDirectory directory = open(path);
    PartitionLog log = log(directory);
    log.assignTopicId("AAAAAAAAAAAAAAAAAAAAAQ");
    log.assignEpoch(3, 0);
    TestRecords.append(log, TestRecords.batch(1, "a", "b"), 3);
    log.flush();
    directory.checkpointRecoveryPoints();
    directory.closeUncleanly();
    Files.write(path.resolve(name), new byte[0]);
    directory = open(path);
    log = log(directory);
    assertThat(log.endOffset()).isEqualTo(2);
    assertThat(log.latestEpoch()).isEqualTo(3);
    assertThat(log.endOffsetFor(3)).isEqualTo(new EpochEnd(3, 2));
    boolean rebuildable = name.contains("epoch") || name.contains("start");
    assertThat(directory.recoveredUncleanly("t-0")).isEqualTo(!rebuildable);
    directory.closeUncleanly();
  }

  @Test
  void aRecreatedLogKnowsNothingOfTheOldOne() throws IOException {
    LogDirectory directory = open(path);
    PartitionLog old = log(directory);
    TestRecords.append(old, TestRecords.batch(1, "old", "old", "old"), 5);
    old.advanceStartOffset(2);
    directory.checkpointStartOffsets();
    directory.writeHighWatermarks(Map.of("t-0", 3L));
    directory.delete(old);
    assertThat(directory.get("t-0")).isEmpty();
    PartitionLog fresh = log(directory);
    TestRecords.append(fresh, TestRecords.batch(1, "new"), 0);
    directory.closeUncleanly();
    directory = open(path);
    assertThat(directory.checkpointedHighWatermark("t-0")).isEmpty();
    PartitionLog again = log(directory);
    assertThat(again.startOffset()).isZero();
    assertThat(TestRecords.readAll(again, 0, 100))
        .extracting(r -> r.value())
        .containsExactly("new");
    assertThat(directory.deleteExpiredFiles(System.currentTimeMillis())).isPositive();
    try (var files = Files.list(path)) {
      assertThat(files.filter(f -> f.toString().endsWith("-delete"))).isEmpty();
    }
    directory.closeUncleanly();
  }

  @Test
  void aFailedFsyncTakesTheDirectoryOutOfServiceForGood() throws IOException {
    CrashFileSystem files = new CrashFileSystem(path);
    LogDirectory directory = open(files.root());
    PartitionLog log = log(directory);
    TestRecords.append(log, TestRecords.batch(1, "a"), 0);
    files.disk().failForces(p -> p.toString().endsWith(".log"));
    assertThatThrownBy(log::flush).isInstanceOf(IOException.class);
    files.disk().failForces(p -> false);
    assertThat(directory.failure()).isPresent();
    assertThat(directory.lossy()).isTrue();
    assertThat(log.recoveryPoint()).isZero();
    assertThatThrownBy(() -> log.append(log.validate(TestRecords.batch(1, "b"), 0), 0))
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(log::flush).as("never retried").isInstanceOf(IOException.class);
    assertThat(TestRecords.readAll(log, 0, 100)).as("reads go on").hasSize(1);
    directory.acknowledgeLoss();
    directory.close(1);
    directory = open(files.root());
    assertThat(directory.wasCleanShutdown()).isFalse();
    assertThat(directory.lossy()).isTrue();
    directory.closeUncleanly();
  }

  @Test
  void aFullDiskRefusesTheAppendAndNothingElse() throws Exception {
    CrashFileSystem files = new CrashFileSystem(path);
    LogDirectory directory = open(files.root());
    PartitionLog log = log(directory);
    TestRecords.append(log, TestRecords.batch(1, "a"), 0);
    files.disk().failWrites(p -> p.toString().endsWith(".log"));
    ValidatedBatch large = log.validate(TestRecords.batch(1, "x".repeat(5000)), 0);
    assertThatThrownBy(() -> log.append(large, 0))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("taken back");
    assertThat(directory.failure()).isEmpty();
    assertThat(log.endOffset()).isEqualTo(1);
    files.disk().failWrites(p -> false);
    TestRecords.append(log, TestRecords.batch(1, "b"), 0);
    assertThat(TestRecords.readAll(log, 0, 100)).hasSize(2);
    directory.close(1);
    directory = open(files.root());
    assertThat(log(directory).endOffset()).isEqualTo(2);
    directory.closeUncleanly();
  }

  @Test
  void readersRunBesideTheWriter() throws Exception {
    LogDirectory directory = open(path);
    PartitionLog log =
        directory.openOrCreate(
            "t-1", LogConfig.of(Map.of("segment.bytes", "20000", "retention.bytes", "60000")));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread[] readers = new Thread[3];
    for (int i = 0; i < readers.length; i++) {
      int maxBytes = 200 + i * 3000;
      readers[i] = new Thread(() -> follow(log, maxBytes, failure));
      readers[i].start();
    }
    for (int i = 0; i < 8000; i++) {
      TestRecords.append(log, TestRecords.batch(i, Long.toString(log.endOffset()), "second"), 0);
      if (i % 500 == 499) {
        log.applyRetention(0, log.endOffset());
        directory.deleteExpiredFiles(Long.MAX_VALUE);
      }
    }
    TestRecords.append(log, TestRecords.batch(1, "end"), 0);
    for (Thread reader : readers) {
      reader.join(20_000);
      assertThat(reader.isAlive()).isFalse();
    }
    assertThat(failure.get()).isNull();
    directory.closeUncleanly();
  }

  private static void follow(PartitionLog log, int maxBytes, AtomicReference<Throwable> failure) {
    try {
      long at = 0;
      while (at < 16_001) {
        List<TestRecords.Seen> seen;
        try {
          long bound = log.endOffset();
          seen = TestRecords.records(TestRecords.bytesFrom(log, at, maxBytes, bound));
          for (TestRecords.Seen one : seen) {
            if (one.offset() >= bound
                || (one.offset() == at
                    && at < 16_000
                    && at % 2 == 0
                    && !one.value().equals(Long.toString(at)))) {
              throw new AssertionError("at " + at + " below " + bound + " came " + one);
            }
          }
        } catch (OffsetOutOfRangeException e) {
          at = e.startOffset();
          continue;
        }
        if (!seen.isEmpty()) {
          if (seen.get(0).offset() > at) {
            throw new AssertionError("asked for " + at + ", got " + seen.get(0));
          }
          at = seen.get(seen.size() - 1).offset() + 1;
        }
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }
}
