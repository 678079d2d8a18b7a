package io.ottla.core.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.RequestContext;
import io.ottla.network.codec.EncodedMessage;
import io.ottla.network.codec.MessageCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Calls a handler as a client would: the request is written and read in the version under test, so
 * that a field the version lacks does not arrive, and so is the response, which fails the test when
 * it sets a field that the version cannot carry.
 */
public final class ApiCaller {
  private final ApiDispatcher dispatcher;
  private final RequestContext client;

  public ApiCaller(ApiHandler<?>... handlers) {
    this(Runnable::run, RequestMetrics.NONE, handlers);
  }

  public ApiCaller(Executor blocking, RequestMetrics metrics, ApiHandler<?>... handlers) {
    this(new ApiDispatcher(List.of(handlers), blocking, metrics), client("PLAINTEXT"));
  }

  private ApiCaller(ApiDispatcher dispatcher, RequestContext client) {
    this.dispatcher = dispatcher;
    this.client = client;
  }

  /** The same handlers, seen by a client of another listener. */
  public ApiCaller on(String listener) {
    return new ApiCaller(dispatcher, client(listener));
  }

  public RequestContext client() {
    return client;
  }

  private static RequestContext client(String listener) {
    try {
      return new RequestContext(
          "connection",
          listener,
          "PLAINTEXT",
          new InetSocketAddress(InetAddress.getByName("10.0.0.9"), 55555),
          new InetSocketAddress(InetAddress.getByName("10.0.0.1"), 9999),
          ImmediateEventExecutor.INSTANCE);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** The answer, which must be there when the call returns. */
  public <R> R call(short version, ApiMessage body, Class<R> type) {
    CompletableFuture<R> answer = send(version, body, type);
    if (!answer.isDone()) {
      throw new AssertionError("not answered yet");
    }
    return answer.join();
  }

  public <R> R call(int version, ApiMessage body, Class<R> type) {
    return call((short) version, body, type);
  }

  /** The answer when it comes. */
  public <R> CompletableFuture<R> send(int version, ApiMessage body, Class<R> type) {
    return raw(version, body)
        .thenApply(
            response -> {
              if (response.kind() != OutboundResponse.Kind.MESSAGE) {
                throw new AssertionError("not a message: " + response);
              }
              return type.cast(asRead((ApiMessage) response.body(), version));
            });
  }

  /** A response as a client reads it after the broker wrote it in that version. */
  public static ApiMessage asRead(ApiMessage response, int version) {
    ApiKeys key = ApiKeys.forId(response.apiKey());
    EncodedMessage encoded =
        MessageCodec.writeResponse(
            key, (short) version, 7, response, UnpooledByteBufAllocator.DEFAULT, Integer.MAX_VALUE);
    ByteBuffer bytes = ByteBuffer.allocate(encoded.sizeInBytes());
    encoded.parts().forEach(part -> bytes.put(((ByteBuf) part).nioBuffer()));
    encoded.release();
    if (bytes.hasRemaining()) {
      throw new AssertionError("size and bytes differ: " + response);
    }
    bytes.position(Integer.BYTES + (key.responseHeaderVersion((short) version) >= 1 ? 5 : 4));
    ApiMessage read = key.messageType.newResponse();
    read.read(new ByteBufferAccessor(bytes), (short) version);
    if (bytes.hasRemaining()) {
      throw new AssertionError("not all of it was read: " + response);
    }
    return read;
  }

  public CompletableFuture<OutboundResponse> raw(int version, ApiMessage body) {
    ApiKeys key = ApiKeys.forId(body.apiKey());
    ApiMessage received =
        key.isVersionSupported((short) version)
            ? copy(body, key.messageType.newRequest(), version)
            : body;
    CompletableFuture<OutboundResponse> answer = new CompletableFuture<>();
    dispatcher.handle(
        new InboundRequest(
            client,
            key,
            (short) version,
            7,
            "tester",
            received,
            100,
            System.nanoTime(),
            0,
            null,
            (request, response) -> answer.complete(response)));
    return answer;
  }

  private static ApiMessage copy(ApiMessage from, ApiMessage to, int version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer bytes = ByteBuffer.allocate(from.size(cache, (short) version));
    from.write(new ByteBufferAccessor(bytes), cache, (short) version);
    if (bytes.hasRemaining()) {
      throw new AssertionError("size and bytes differ: " + from);
    }
    bytes.flip();
    to.read(new ByteBufferAccessor(bytes), (short) version);
    return to;
  }
}
