package io.ottla.log.state;

import io.ottla.log.BatchRejectedException;
import io.ottla.log.BatchRejectedException.Reason;
import io.ottla.log.ProducerStateView;
import io.ottla.log.batch.BatchHeader;
import io.ottla.log.batch.EndTransactionMarker;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The producers a log remembers, so that a batch sent twice is stored once and in order.
 *
 * <p>{@link #check} asks and changes nothing; {@link #update} notes a batch that is in the log.
 * Both are called by the log's writer only; {@link #views} by anyone. Bounded: at the limit the
 * sixteenth that was used longest ago is forgotten, but never a producer with an open transaction.
 * A producer that was forgotten may go on with any sequence.
 */
public final class ProducerStates {
  /** What {@link #check} found. */
  public static final class Verdict {
    /** The batch is new. */
    public static final Verdict NEW = new Verdict(-1, -1, -1);

    private final long baseOffset;
    private final long lastOffset;
    private final long timestamp;

    private Verdict(long baseOffset, long lastOffset, long timestamp) {
      this.baseOffset = baseOffset;
      this.lastOffset = lastOffset;
      this.timestamp = timestamp;
    }

    public boolean isDuplicate() {
      return baseOffset >= 0;
    }

    /** Of the original. */
    public long baseOffset() {
      return baseOffset;
    }

    /** Of the original. */
    public long lastOffset() {
      return lastOffset;
    }

    /** Of the original. */
    public long timestamp() {
      return timestamp;
    }
  }

  private final String log;
  private final int limit;
  private final ConcurrentMap<Long, ProducerEntry> entries = new ConcurrentHashMap<>(4);

  /**
   * Makes an empty table.
   *
   * @param log name of the log, for messages
   * @param limit most producers to remember
   */
  public ProducerStates(String log, int limit) {
    this.log = log;
    this.limit = limit;
  }

  /**
   * Whether a data batch from a client or a coordinator may be appended.
   *
   * @throws BatchRejectedException when its epoch or sequence does not fit
   */
  public Verdict check(BatchHeader batch) throws BatchRejectedException {
    ProducerEntry known = entries.get(batch.producerId());
    if (known == null) {
      return Verdict.NEW;
    }
    short epoch = batch.producerEpoch();
    int first = batch.baseSequence();
    if (epoch < known.epoch()) {
      throw rejected(Reason.INVALID_PRODUCER_EPOCH, batch, "the newest epoch is " + known.epoch());
    }
    if (epoch > known.epoch()) {
      if (first > 0) {
        throw rejected(Reason.OUT_OF_ORDER_SEQUENCE, batch, "a new epoch starts with sequence 0");
      }
    } else if (first >= 0) {
      int slot = known.find(first, batch.lastSequence(), batch.lastOffsetDelta());
      if (slot != ProducerEntry.NO_DUPLICATE) {
        return new Verdict(
            known.baseOffsetOf(slot), known.lastOffsetOf(slot), known.timestampOf(slot));
      }
      int expected = (known.lastSequence() + 1) & Integer.MAX_VALUE;
      if (first != expected) {
        throw rejected(Reason.OUT_OF_ORDER_SEQUENCE, batch, "sequence " + expected + " is next");
      }
    }
    if (known.currentTxnFirstOffset() >= 0 && !batch.isTransactional()) {
      throw rejected(
          Reason.INVALID_TXN_STATE,
          batch,
          "its transaction is open since offset " + known.currentTxnFirstOffset());
    }
    return Verdict.NEW;
  }

  /**
   * Whether the marker that ends a transaction may be appended.
   *
   * @throws BatchRejectedException when producer or coordinator have been replaced
   */
  public void checkMarker(BatchHeader batch, EndTransactionMarker marker)
      throws BatchRejectedException {
    ProducerEntry known = entries.get(batch.producerId());
    if (known == null) {
      return;
    }
    if (batch.producerEpoch() < known.epoch()) {
      throw rejected(Reason.INVALID_PRODUCER_EPOCH, batch, "the newest epoch is " + known.epoch());
    }
    if (marker.coordinatorEpoch() < known.coordinatorEpoch()) {
      throw rejected(
          Reason.COORDINATOR_FENCED,
          batch,
          "marker of coordinator epoch "
              + marker.coordinatorEpoch()
              + " after "
              + known.coordinatorEpoch());
    }
  }

  /** Notes a data batch with a producer that is in the log at its offsets; checks nothing. */
  public void update(BatchHeader batch, long nowMs) {
    ProducerEntry entry = entry(batch);
    entry.moveToEpoch(batch.producerEpoch());
    if (batch.baseSequence() >= 0) {
      entry.addBatch(
          batch.lastSequence(), batch.lastOffset(), batch.lastOffsetDelta(), batch.maxTimestamp());
    }
    if (batch.isTransactional() && entry.currentTxnFirstOffset() < 0) {
      entry.transaction(batch.baseOffset());
    }
    entry.touch(nowMs);
  }

  /** Notes a marker that is in the log. */
  public void updateMarker(BatchHeader batch, EndTransactionMarker marker, long nowMs) {
    ProducerEntry entry = entry(batch);
    entry.moveToEpoch(batch.producerEpoch());
    entry.marker(marker.coordinatorEpoch(), batch.maxTimestamp());
    entry.transaction(-1);
    entry.touch(nowMs);
  }

  private ProducerEntry entry(BatchHeader batch) {
    ProducerEntry entry = entries.get(batch.producerId());
    if (entry == null) {
      makeRoom();
      entry = new ProducerEntry(batch.producerId(), batch.producerEpoch());
      entries.put(batch.producerId(), entry);
    }
    return entry;
  }

  private void makeRoom() {
    if (entries.size() < limit) {
      return;
    }
    List<ProducerEntry> oldest = new ArrayList<>(entries.values());
    oldest.removeIf(e -> e.currentTxnFirstOffset() >= 0);
    oldest.sort(Comparator.comparingLong(ProducerEntry::touchedMs));
    int count = Math.min(oldest.size(), Math.max(1, limit / 16));
    for (ProducerEntry entry : oldest.subList(0, count)) {
      entries.remove(entry.producerId());
    }
  }

  /** Puts an entry read from a snapshot. */
  void put(ProducerEntry entry) {
    entries.put(entry.producerId(), entry);
  }

  /** Forgets producers without an open transaction that were idle for longer than this. */
  public void expire(long nowMs, long idleMs) {
    entries
        .values()
        .removeIf(e -> e.currentTxnFirstOffset() < 0 && nowMs - e.touchedMs() >= idleMs);
  }

  public void clear() {
    entries.clear();
  }

  public int count() {
    return entries.size();
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** First offset of the oldest open transaction, -1 when none is open. */
  public long firstOpenTransaction() {
    long first = -1;
    for (ProducerEntry entry : entries.values()) {
      long offset = entry.currentTxnFirstOffset();
      if (offset >= 0 && (first < 0 || offset < first)) {
        first = offset;
      }
    }
    return first;
  }

  public List<ProducerStateView> views() {
    List<ProducerStateView> views = new ArrayList<>();
    for (ProducerEntry entry : entries.values()) {
      views.add(entry.view());
    }
    return views;
  }

  Iterable<ProducerEntry> entries() {
    return entries.values();
  }

  private BatchRejectedException rejected(Reason reason, BatchHeader batch, String why) {
    return new BatchRejectedException(
        reason,
        log
            + ": producer "
            + batch.producerId()
            + " epoch "
            + batch.producerEpoch()
            + " sequence "
            + batch.baseSequence()
            + ": "
            + why);
  }
}
