package io.ottla.network.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.ottla.network.api.FileSlice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessageWriterTest {
  private static final short VERSION = 16;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final List<TestSlice> slices = new ArrayList<>();
  private byte[] content;
  private FileChannel file;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    content = new byte[2_000_000];
    new Random(5).nextBytes(content);
    Path path = directory.resolve("segment");
    Files.write(path, content);
    file = FileChannel.open(path, StandardOpenOption.READ);
  }

  @AfterEach
  void close() throws IOException {
    file.close();
    assertThat(slices).allSatisfy(slice -> assertThat(slice.closed()).isEqualTo(1));
    assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
        .isZero();
  }

  @Test
  void smallSlicesAreCopiedIntoOneBuffer() throws IOException {
    EncodedMessage encoded = encode(slice(0, 100), slice(5_000, 32_768));
    assertThat(encoded.parts()).hasSize(1);
    assertThat(bytes(encoded)).isEqualTo(expected());
  }

  @Test
  void largeSlicesLeaveAsFileRegionsBetweenTheBytes() throws IOException {
    EncodedMessage encoded =
        encode(slice(7, 100_000), slice(300_000, 10), slice(400_000, 1_000_000));
    assertThat(encoded.parts()).hasSizeBetween(4, 7);
    assertThat(encoded.parts()).filteredOn(FileRegion.class::isInstance).hasSize(2);
    assertThat(bytes(encoded)).isEqualTo(expected());
  }

  @Test
  void manySmallSlicesDoNotMakeAHugeBuffer() throws IOException {
    FileSlice[] many = new FileSlice[40];
    for (int i = 0; i < many.length; i++) {
      many[i] = slice(i * 30_000L, 30_000);
    }
    EncodedMessage encoded = encode(many);
    assertThat(encoded.parts()).filteredOn(FileRegion.class::isInstance).hasSizeGreaterThan(20);
    assertThat(allocator.metric().usedDirectMemory()).isLessThan(700_000);
    assertThat(bytes(encoded)).isEqualTo(expected());
  }

  @Test
  void severalSlicesOfOnePartitionFollowEachOther() throws IOException {
    FetchResponseData response = response();
    RecordSets.set(partition(response), List.of(slice(10, 50), slice(200_000, 90_000)));
    RecordSets.set(partition(response), ByteBuffer.wrap(content, 0, 100_000));
    RecordSets.setEmpty(partition(response));
    EncodedMessage encoded = encode(response);
    assertThat(bytes(encoded)).isEqualTo(expected());
  }

  @Test
  void aFileThatCannotBeReadClosesEverySlice() throws IOException {
    TestSlice broken = slice(content.length - 10L, 500);
    TestSlice region = slice(0, 100_000);
    TestSlice later = slice(0, 700);
    FetchResponseData response = response();
    RecordSets.set(partition(response), List.of(region));
    RecordSets.set(partition(response), List.of(broken));
    RecordSets.set(partition(response), List.of(later));
    assertThatThrownBy(() -> encode(response)).hasRootCauseInstanceOf(IOException.class);
  }

  @Test
  void aFieldTheVersionDoesNotKnowClosesEverySlice() {
    FetchResponseData response = response();
    RecordSets.set(partition(response), List.of(slice(0, 50)));
    partition(response).currentLeader().setLeaderId(5);
    response.setSessionId(9);
    assertThatThrownBy(
            () ->
                MessageCodec.writeResponse(
                    ApiKeys.FETCH, (short) 4, 1, response, allocator, 32 * 1024))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void releaseClosesWhatWasNotSent() {
    FetchResponseData response = response();
    RecordSets.set(partition(response), List.of(slice(0, 50), slice(50, 100_000)));
    RecordSets.release(response);
    RecordSets.release(response);
  }

  @Test
  void releasingAnEncodedMessageClosesItsRegions() {
    encode(slice(0, 50), slice(50, 100_000)).release();
  }

  private TestSlice slice(long position, int size) {
    TestSlice slice = new TestSlice(file, position, size);
    slices.add(slice);
    return slice;
  }

  private FetchResponseData last;

  private EncodedMessage encode(FileSlice... each) {
    FetchResponseData response = response();
    for (FileSlice slice : each) {
      RecordSets.set(partition(response), List.of(slice));
    }
    return encode(response);
  }

  private EncodedMessage encode(FetchResponseData response) {
    last = response;
    return MessageCodec.writeResponse(ApiKeys.FETCH, VERSION, 9, response, allocator, 32 * 1024);
  }

  private static FetchResponseData response() {
    FetchResponseData response = new FetchResponseData();
    response.responses().add(new FetchableTopicResponse());
    return response;
  }

  private static PartitionData partition(FetchResponseData response) {
    PartitionData partition = new PartitionData();
    List<PartitionData> partitions = response.responses().get(0).partitions();
    partitions.add(partition.setPartitionIndex(partitions.size()));
    return partition;
  }

  private static byte[] bytes(EncodedMessage encoded) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Object part : encoded.parts()) {
      if (part instanceof ByteBuf buffer) {
        buffer.readBytes(out, buffer.readableBytes());
        buffer.release();
      } else {
        FileRegion region = (FileRegion) part;
        region.transferTo(Channels.newChannel(out), 0);
        region.release();
      }
    }
    assertThat(out.size()).isEqualTo(encoded.sizeInBytes());
    return out.toByteArray();
  }

  /** The same message, with the records in memory, as kafka-clients writes it. */
  private byte[] expected() {
    int next = 0;
    FetchResponseData copy = new FetchResponseData();
    copy.responses().add(new FetchableTopicResponse());
    for (PartitionData partition : last.responses().get(0).partitions()) {
      PartitionData twin = partition(copy);
      int size = partition.records().sizeInBytes();
      ByteBuffer records = ByteBuffer.allocate(size);
      if (partition.records() instanceof FileRecordSet) {
        while (records.hasRemaining()) {
          TestSlice slice = slices.get(next++);
          records.put(content, (int) slice.position(), slice.size());
        }
      } else {
        records.put(RecordSets.bytes(partition));
      }
      RecordSets.set(twin, records.flip());
    }
    ByteBuffer body = MessageUtil.toByteBufferAccessor(copy, VERSION).buffer();
    ByteBuffer all = ByteBuffer.allocate(9 + body.remaining());
    all.putInt(5 + body.remaining()).putInt(9).put((byte) 0).put(body);
    return all.array();
  }
}
