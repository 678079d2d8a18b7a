package io.ottla.network.codec;

import io.ottla.network.api.FileSlice;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/**
 * The record set of a response as slices of files. Owns the slices until {@link #take()} hands each
 * of them to whoever writes it; {@link #release()} closes the rest. Not thread-safe: it is passed
 * along with its response.
 */
final class FileRecordSet implements BaseRecords {
  private final Deque<FileSlice> slices;
  private final int sizeInBytes;

  FileRecordSet(List<FileSlice> slices) {
    this.slices = new ArrayDeque<>(slices);
    long total = 0;
    for (FileSlice slice : slices) {
      total += slice.size();
    }
    this.sizeInBytes = Math.toIntExact(total);
  }

  @Override
  public int sizeInBytes() {
    return sizeInBytes;
  }

  /** The next slice, owned by the caller now; null when all were taken. */
  FileSlice take() {
    return slices.poll();
  }

  void release() {
    for (FileSlice slice = take(); slice != null; slice = take()) {
      slice.close();
    }
  }

  @Override
  public RecordsSend<? extends BaseRecords> toSend() {
    throw new UnsupportedOperationException("Written by MessageWriter, not by kafka-clients");
  }
}
