package io.ottla.network.codec;

import io.ottla.network.api.FileSlice;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Record sets in and out of the generated messages, as bytes and file slices, so that nobody else
 * needs the record classes of kafka-clients. Without state.
 */
public final class RecordSets {
  private RecordSets() {}

  /**
   * The record set of a produced partition: a writable view of the request's frame, valid until the
   * frame is released; empty when the client sent null.
   */
  public static ByteBuffer bytes(PartitionProduceData partition) {
    return view(partition.records());
  }

  /** The record set of a fetched partition: a view of the response's frame; empty when null. */
  public static ByteBuffer bytes(FetchResponseData.PartitionData partition) {
    return view(partition.records());
  }

  /** Sets the record set to be sent to the bytes of {@code slices}, which the message now owns. */
  public static void set(FetchResponseData.PartitionData partition, List<FileSlice> slices) {
    partition.setRecords(slices.isEmpty() ? MemoryRecords.EMPTY : new FileRecordSet(slices));
  }

  /**
   * Sets the record set to be sent. The bytes must stay valid and unchanged until the response has
   * left, so they must not be part of a frame.
   */
  public static void set(FetchResponseData.PartitionData partition, ByteBuffer bytes) {
    partition.setRecords(MemoryRecords.readableRecords(bytes.slice()));
  }

  /** Sets the record set of a produced partition; the bytes must stay valid until it was sent. */
  public static void set(PartitionProduceData partition, ByteBuffer bytes) {
    partition.setRecords(MemoryRecords.readableRecords(bytes.slice()));
  }

  /** Sets an empty (not null) record set, which is what clients expect where there is no data. */
  public static void setEmpty(FetchResponseData.PartitionData partition) {
    partition.setRecords(MemoryRecords.EMPTY);
  }

  /** Closes the file slices a response message still owns, for one that will not be sent. */
  public static void release(Object responseData) {
    if (responseData instanceof FetchResponseData fetch) {
      for (FetchResponseData.FetchableTopicResponse topic : fetch.responses()) {
        for (FetchResponseData.PartitionData partition : topic.partitions()) {
          if (partition.records() instanceof FileRecordSet records) {
            records.release();
          }
        }
      }
    }
  }

  private static ByteBuffer view(BaseRecords records) {
    if (records == null) {
      return ByteBuffer.allocate(0);
    }
    if (records instanceof MemoryRecords memory) {
      return memory.buffer();
    }
    throw new IllegalStateException("Record set is not in memory: " + records.getClass());
  }
}
