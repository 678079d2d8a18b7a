package io.ottla.network.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.network.codec.EncodedMessage;
import io.ottla.network.codec.MessageCodec;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Frames as a client sends them, for tests. */
final class WireBytes {
  private WireBytes() {}

  static ByteBuf request(ApiKeys key, int version, int correlationId, Object body) {
    EncodedMessage encoded =
        MessageCodec.writeRequest(
            key,
            (short) version,
            correlationId,
            "test",
            body,
            Unpooled.buffer().alloc(),
            Integer.MAX_VALUE);
    ByteBuf all = Unpooled.buffer(encoded.sizeInBytes());
    encoded.parts().forEach(part -> all.writeBytes((ByteBuf) part));
    encoded.release();
    return all;
  }

  /** A small request that any handler of the tests accepts. */
  static ByteBuf heartbeat(int correlationId) {
    return request(ApiKeys.HEARTBEAT, 3, correlationId, new HeartbeatRequestData());
  }

  static ByteBuf apiVersions(int version, int correlationId) {
    ApiVersionsRequestData body =
        new ApiVersionsRequestData()
            .setClientSoftwareName("test-client")
            .setClientSoftwareVersion("1.2");
    return request(ApiKeys.API_VERSIONS, version, correlationId, body);
  }

  static ByteBuf frame(byte... content) {
    return Unpooled.buffer().writeInt(content.length).writeBytes(content);
  }
}
