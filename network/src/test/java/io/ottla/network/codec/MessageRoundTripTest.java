package io.ottla.network.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageRoundTripTest {
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final MessageReader reader = new MessageReader();

  @ParameterizedTest
  @EnumSource(ApiKeys.class)
  void everyVersionIsWrittenAndReadAsKafkaDoes(ApiKeys key) {
    if (!key.hasValidVersion()) {
      return;
    }
    for (short version = key.oldestVersion(); version <= key.latestVersion(); version++) {
      FilledMessages filled = new FilledMessages(key.id * 1_000L + version);
      checkRequest(key, version, key.messageType.newRequest());
      checkRequest(key, version, filled.fill(key.messageType.newRequest(), version));
      checkResponse(key, version, key.messageType.newResponse());
      checkResponse(key, version, filled.fill(key.messageType.newResponse(), version));
    }
    assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
        .isZero();
  }

  @Test
  void fillsWhatItClaimsToFill() {
    ApiMessage message =
        new FilledMessages(1).fill(ApiKeys.FETCH.messageType.newResponse(), (short) 16);
    assertThat(message.toString()).contains("MemoryRecords").contains("nodeEndpoints=");
    assertThat(MessageUtil.toByteBufferAccessor(message, (short) 16).buffer().remaining())
        .isGreaterThan(500);
  }

  private void checkRequest(ApiKeys key, short version, ApiMessage body) {
    short headerVersion = key.requestHeaderVersion(version);
    RequestHeaderData header =
        new RequestHeaderData()
            .setRequestApiKey(key.id)
            .setRequestApiVersion(version)
            .setCorrelationId(77)
            .setClientId("client");
    EncodedMessage encoded =
        MessageCodec.writeRequest(key, version, 77, "client", body, allocator, 64);
    ByteBuf bytes = join(encoded);
    assertThat(hex(bytes)).isEqualTo(expected(header, headerVersion, body, version));
    bytes.skipBytes(4 + MessageUtil.toByteBufferAccessor(header, headerVersion).buffer().limit());
    reader.reset(bytes);
    assertThat(MessageCodec.readRequest(key, version, reader))
        .isEqualTo(kafkaReads(key.messageType.newRequest(), body, version));
    assertThat(reader.remaining()).isZero();
    bytes.release();
  }

  private void checkResponse(ApiKeys key, short version, ApiMessage body) {
    short headerVersion = key.responseHeaderVersion(version);
    ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(78);
    EncodedMessage encoded = MessageCodec.writeResponse(key, version, 78, body, allocator, 64);
    ByteBuf bytes = join(encoded);
    assertThat(hex(bytes)).isEqualTo(expected(header, headerVersion, body, version));
    bytes.skipBytes(4 + MessageUtil.toByteBufferAccessor(header, headerVersion).buffer().limit());
    reader.reset(bytes);
    assertThat(MessageCodec.readResponse(key, version, reader))
        .isEqualTo(kafkaReads(key.messageType.newResponse(), body, version));
    assertThat(reader.remaining()).isZero();
    bytes.release();
  }

  private ByteBuf join(EncodedMessage encoded) {
    CompositeByteBuf all = allocator.compositeBuffer(encoded.parts().size());
    encoded.parts().forEach(part -> all.addComponent(true, (ByteBuf) part));
    assertThat(all.readableBytes()).isEqualTo(encoded.sizeInBytes());
    ByteBuf copy = allocator.directBuffer().writeBytes(all, 0, all.readableBytes());
    all.release();
    return copy;
  }

  private static String expected(
      ApiMessage header, short headerVersion, ApiMessage body, short version) {
    ByteBuffer head = MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
    ByteBuffer content = MessageUtil.toByteBufferAccessor(body, version).buffer();
    ByteBuffer all = ByteBuffer.allocate(4 + head.remaining() + content.remaining());
    all.putInt(head.remaining() + content.remaining()).put(head).put(content);
    return ByteBufUtil.hexDump(all.array());
  }

  private static ApiMessage kafkaReads(ApiMessage empty, ApiMessage body, short version) {
    empty.read(
        new ByteBufferAccessor(MessageUtil.toByteBufferAccessor(body, version).buffer()), version);
    return empty;
  }

  private static String hex(ByteBuf bytes) {
    return ByteBufUtil.hexDump(bytes);
  }
}
