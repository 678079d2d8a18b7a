package io.ottla.log.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.BatchRejectedException;
import io.ottla.log.BatchRejectedException.Reason;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.EndTransactionMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProducerStatesTest {
  private static final int MAX = Integer.MAX_VALUE;

  @TempDir Path directory;
  private final ProducerStates states = new ProducerStates("t-0", 100);
  private long nextOffset;

  private static BatchHeader batch(long pid, int epoch, int sequence, int count, boolean txn) {
    BatchBuilder builder =
        new BatchBuilder().producer(pid, (short) epoch, sequence).transactional(txn);
    for (int i = 0; i < count; i++) {
      builder.add(500, null, new byte[1]);
    }
    return new BatchHeader(builder.build(), 0);
  }

  private BatchHeader stored(int epoch, int sequence, int count) {
    BatchHeader header = batch(1, epoch, sequence, count, false);
    header.baseOffset(nextOffset);
    nextOffset = header.nextOffset();
    states.update(header, 1000);
    return header;
  }

  /** Known: epoch 3, six batches of two records with sequences 0 to 11; the first is forgotten. */
  @ParameterizedTest
  @CsvSource({
    "3, 12, 2, NEW", // continues
    "3, 12, 9, NEW",
    "3, 13, 1, OUT_OF_ORDER_SEQUENCE", // a gap
    "3, 10, 2, DUPLICATE", // the newest
    "3, 2, 2, DUPLICATE", // the oldest of five
    "3, 0, 2, OUT_OF_ORDER_SEQUENCE", // the sixth back is not remembered
    "3, 10, 1, OUT_OF_ORDER_SEQUENCE", // half of a known batch
    "3, 11, 1, OUT_OF_ORDER_SEQUENCE",
    "2, 12, 1, INVALID_PRODUCER_EPOCH",
    "4, 0, 1, NEW",
    "4, 12, 1, OUT_OF_ORDER_SEQUENCE",
  })
  void sequencesOfOneProducer(int epoch, int sequence, int count, String expected)
      throws Exception {
    for (int i = 0; i < 6; i++) {
      stored(3, i * 2, 2);
    }
    assertThat(verdict(batch(1, epoch, sequence, count, false))).isEqualTo(expected);
  }

  private String verdict(BatchHeader header) {
    try {
      return states.check(header).isDuplicate() ? "DUPLICATE" : "NEW";
    } catch (BatchRejectedException e) {
      return e.reason().name();
    }
  }

  @Test
  void aDuplicateIsAnsweredWithTheOriginalOffsets() throws Exception {
    stored(0, 0, 3);
    BatchHeader original = stored(0, 3, 4);
    stored(0, 7, 1);
    ProducerStates.Verdict verdict = states.check(batch(1, 0, 3, 4, false));
    assertThat(verdict.baseOffset()).isEqualTo(original.baseOffset());
    assertThat(verdict.lastOffset()).isEqualTo(original.lastOffset());
    assertThat(verdict.timestamp()).isEqualTo(500);
  }

  @Test
  void sequencesWrapToZero() {
    stored(0, MAX - 1, 2); // MAX - 1, MAX
    assertThat(verdict(batch(1, 0, 0, 1, false))).isEqualTo("NEW");
    assertThat(verdict(batch(1, 0, 1, 1, false))).isEqualTo("OUT_OF_ORDER_SEQUENCE");
    stored(0, 0, 1);
    BatchHeader across = batch(1, 0, MAX, 3, false); // MAX, 0, 1
    assertThat(across.lastSequence()).isEqualTo(1);
    assertThat(verdict(batch(1, 0, MAX - 1, 2, false))).isEqualTo("DUPLICATE");
  }

  @Test
  void anUnknownProducerMayStartAnywhere() {
    assertThat(verdict(batch(9, 5, 1234, 1, false))).isEqualTo("NEW");
  }

  @Test
  void plainWritesAreRefusedInsideATransaction() throws Exception {
    BatchHeader open = batch(1, 0, 0, 1, true);
    open.baseOffset(40);
    states.update(open, 1000);
    assertThat(states.firstOpenTransaction()).isEqualTo(40);
    assertThat(verdict(batch(1, 0, 1, 1, false))).isEqualTo("INVALID_TXN_STATE");
    assertThat(verdict(batch(1, 0, 1, 1, true))).isEqualTo("NEW");

    marker(1, 0, 7);
    assertThat(states.firstOpenTransaction()).isEqualTo(-1);
    assertThat(verdict(batch(1, 0, 1, 1, true))).isEqualTo("NEW");
  }

  @Test
  void markersOfOldProducersAndOldCoordinatorsAreRefused() throws Exception {
    marker(1, 4, 7);
    assertThat(markerVerdict(1, 3, 9)).isEqualTo(Reason.INVALID_PRODUCER_EPOCH);
    assertThat(markerVerdict(1, 4, 6)).isEqualTo(Reason.COORDINATOR_FENCED);
    assertThat(markerVerdict(1, 4, 7)).isNull();
    assertThat(markerVerdict(1, 5, 8)).isNull();
  }

  @Test
  void afterAMarkerWithAHigherEpochSequencesRestartAtZero() throws Exception {
    stored(0, 0, 5);
    marker(1, 1, 7);
    assertThat(verdict(batch(1, 1, 0, 1, false))).isEqualTo("NEW");
    assertThat(verdict(batch(1, 1, 5, 1, false))).isEqualTo("OUT_OF_ORDER_SEQUENCE");
  }

  private void marker(long pid, int epoch, int coordinatorEpoch) throws BatchRejectedException {
    EndTransactionMarker marker = new EndTransactionMarker(true, coordinatorEpoch);
    ByteBuffer batch = marker.toBatch(pid, (short) epoch, 600);
    states.checkMarker(new BatchHeader(batch, 0), marker);
    states.updateMarker(new BatchHeader(batch, 0), marker, 1000);
  }

  private Reason markerVerdict(long pid, int epoch, int coordinatorEpoch) {
    EndTransactionMarker marker = new EndTransactionMarker(false, coordinatorEpoch);
    try {
      states.checkMarker(new BatchHeader(marker.toBatch(pid, (short) epoch, 0), 0), marker);
      return null;
    } catch (BatchRejectedException e) {
      return e.reason();
    }
  }

  @Test
  void theTableIsBoundedAndForgetsTheLeastRecentlyUsed() {
    BatchHeader open = batch(5000, 0, 0, 1, true);
    states.update(open, 0);
    for (int pid = 0; pid < 1000; pid++) {
      states.update(batch(pid, 0, 0, 1, false), pid + 1);
      assertThat(states.count()).isLessThanOrEqualTo(100);
    }
    assertThat(verdict(batch(999, 0, 0, 1, false))).isEqualTo("DUPLICATE");
    assertThat(verdict(batch(0, 0, 0, 1, false))).isEqualTo("NEW");
    assertThat(states.firstOpenTransaction()).as("an open transaction stays").isZero();
  }

  @Test
  void idleProducersExpireButNotInsideATransaction() {
    states.update(batch(1, 0, 0, 1, false), 1000);
    states.update(batch(2, 0, 0, 1, false), 1500);
    states.update(batch(3, 0, 0, 1, true), 100);
    states.expire(2000, 1000);
    assertThat(states.views()).extracting(v -> v.producerId()).containsExactlyInAnyOrder(2L, 3L);
  }

  @Test
  void aSnapshotKeepsTheLastBatchOfEach() throws IOException {
    stored(2, 0, 3);
    stored(2, 3, 2);
    BatchHeader open = batch(8, 1, 0, 1, true);
    open.baseOffset(77);
    states.update(open, 1000);
    ProducerSnapshots snapshots = new ProducerSnapshots(directory);
    snapshots.write(states, 78);
    Path file = directory.resolve("00000000000000000078.snapshot");
    assertThat(Files.size(file)).isEqualTo(10 + 2 * 46);

    ProducerStates loaded = new ProducerStates("t-0", 100);
    assertThat(snapshots.loadNewest(loaded, 200)).hasValue(78);
    assertThat(loaded.views()).containsExactlyInAnyOrderElementsOf(states.views());
    assertThat(loaded.firstOpenTransaction()).isEqualTo(77);
    assertThat(snapshots.loadNewest(loaded, 77)).isEmpty();
  }

  @Test
  void aDamagedSnapshotIsDroppedForAnOlderOne() throws IOException {
    ProducerSnapshots snapshots = new ProducerSnapshots(directory);
    stored(0, 0, 1);
    snapshots.write(states, 1);
    stored(0, 1, 1);
    snapshots.write(states, 2);
    Path newest = directory.resolve("00000000000000000002.snapshot");
    byte[] bytes = Files.readAllBytes(newest);
    bytes[30] ^= 1;
    Files.write(newest, bytes);
    ProducerStates loaded = new ProducerStates("t-0", 100);
    assertThat(snapshots.loadNewest(loaded, 9)).hasValue(1);
    assertThat(newest).doesNotExist();
    assertThatThrownBy(() -> loaded.check(batch(1, 0, 5, 1, false)))
        .isInstanceOf(BatchRejectedException.class);
  }
}
