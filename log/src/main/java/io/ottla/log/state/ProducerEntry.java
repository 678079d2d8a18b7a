package io.ottla.log.state;

import io.ottla.log.ProducerStateView;

/**
 * What a log knows of one producer: its epoch, its last five batches, its open transaction. Written
 * by the log's writer; a reader on another thread may see the fields of two neighbouring batches
 * mixed, each of them whole, which is good enough to show them.
 */
final class ProducerEntry {
  static final int REMEMBERED = 5;
  static final int NO_DUPLICATE = -1;

  private final long producerId;
  private volatile short epoch;
  private volatile int coordinatorEpoch = -1;
  private volatile long currentTxnFirstOffset = -1;
  private volatile long lastTimestamp = -1;
  private volatile int lastSequence = -1;
  private volatile long touchedMs;

  // A ring: slot (written - 1) % REMEMBERED is the newest.
  private final int[] lastSequences = new int[REMEMBERED];
  private final int[] offsetDeltas = new int[REMEMBERED];
  private final long[] lastOffsets = new long[REMEMBERED];
  private final long[] timestamps = new long[REMEMBERED];
  private int kept;
  private int newest = -1;

  ProducerEntry(long producerId, short epoch) {
    this.producerId = producerId;
    this.epoch = epoch;
  }

  long producerId() {
    return producerId;
  }

  short epoch() {
    return epoch;
  }

  int lastSequence() {
    return lastSequence;
  }

  int coordinatorEpoch() {
    return coordinatorEpoch;
  }

  long currentTxnFirstOffset() {
    return currentTxnFirstOffset;
  }

  long lastTimestamp() {
    return lastTimestamp;
  }

  long touchedMs() {
    return touchedMs;
  }

  void touch(long nowMs) {
    touchedMs = nowMs;
  }

  long lastOffset() {
    return kept == 0 ? -1 : lastOffsets[newest];
  }

  int lastOffsetDelta() {
    return kept == 0 ? 0 : offsetDeltas[newest];
  }

  /** The slot of the batch with exactly these sequences, or {@link #NO_DUPLICATE}. */
  int find(int firstSequence, int lastSequence, int offsetDelta) {
    for (int i = 0; i < kept; i++) {
      int slot = Math.floorMod(newest - i, REMEMBERED);
      if (lastSequences[slot] == lastSequence
          && offsetDeltas[slot] == offsetDelta
          && ((lastSequence - offsetDelta) & Integer.MAX_VALUE) == firstSequence) {
        return slot;
      }
    }
    return NO_DUPLICATE;
  }

  long lastOffsetOf(int slot) {
    return lastOffsets[slot];
  }

  long baseOffsetOf(int slot) {
    return lastOffsets[slot] - offsetDeltas[slot];
  }

  long timestampOf(int slot) {
    return timestamps[slot];
  }

  /** Moves to another epoch: sequences begin anew. */
  void moveToEpoch(short newEpoch) {
    if (newEpoch != epoch) {
      epoch = newEpoch;
      kept = 0;
      newest = -1;
      lastSequence = -1;
    }
  }

  void addBatch(int batchLastSequence, long lastOffset, int offsetDelta, long timestamp) {
    newest = (newest + 1) % REMEMBERED;
    kept = Math.min(kept + 1, REMEMBERED);
    lastSequences[newest] = batchLastSequence;
    lastOffsets[newest] = lastOffset;
    offsetDeltas[newest] = offsetDelta;
    timestamps[newest] = timestamp;
    lastSequence = batchLastSequence;
    lastTimestamp = timestamp;
  }

  void transaction(long firstOffset) {
    currentTxnFirstOffset = firstOffset;
  }

  void marker(int newCoordinatorEpoch, long timestamp) {
    coordinatorEpoch = newCoordinatorEpoch;
    lastTimestamp = timestamp;
  }

  ProducerStateView view() {
    return new ProducerStateView(
        producerId, epoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnFirstOffset);
  }
}
