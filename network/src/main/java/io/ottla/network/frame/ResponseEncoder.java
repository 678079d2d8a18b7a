package io.ottla.network.frame;

import io.netty.buffer.ByteBufAllocator;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.RequestHandler;
import io.ottla.network.codec.EncodedMessage;
import io.ottla.network.codec.MessageCodec;
import org.apache.kafka.common.protocol.ApiKeys;

/** Turns answers into bytes and file regions, in the version of their requests. Without state. */
public final class ResponseEncoder {
  private final RequestHandler handler;
  private final ByteBufAllocator allocator;
  private final int maxInline;

  /**
   * @param maxInline file slices up to this size are read into the response's buffer
   */
  public ResponseEncoder(RequestHandler handler, ByteBufAllocator allocator, int maxInline) {
    this.handler = handler;
    this.allocator = allocator;
    this.maxInline = maxInline;
  }

  /**
   * Encodes a message and takes its file slices over, also when this throws.
   *
   * @throws RuntimeException when the message cannot be written in the request's version, or its
   *     records cannot be read
   */
  public EncodedMessage encode(InboundRequest request, OutboundResponse response) {
    ApiKeys key = request.apiKey();
    short version = request.version();
    if (key == ApiKeys.API_VERSIONS && !handler.accepts(key, version)) {
      // What every client can read, so that it can choose a version that both sides know.
      version = 0;
    }
    return MessageCodec.writeResponse(
        key, version, request.correlationId(), response.body(), allocator, maxInline);
  }
}
