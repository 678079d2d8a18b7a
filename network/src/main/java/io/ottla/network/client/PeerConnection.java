package io.ottla.network.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ottla.network.codec.EncodedMessage;
import io.ottla.network.codec.MalformedMessageException;
import io.ottla.network.codec.MessageCodec;
import io.ottla.network.codec.MessageReader;
import io.ottla.network.frame.FrameDecoder;
import io.ottla.network.frame.ProtocolException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * One TCP connection to a peer: the ApiVersions handshake, then requests out and answers in, both
 * in the same order. Fails what is in flight when it ends. Owned by its event loop.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a failed write closes; every end is seen in channelInactive
final class PeerConnection extends ChannelInboundHandlerAdapter {
  /** What the client is told, on the event loop. */
  interface Listener {
    /** The handshake is done: requests may be sent. */
    void ready(PeerConnection connection);

    /** The connection ended or could not be used; called once. */
    void lost(PeerConnection connection, PeerUnavailableException cause);
  }

  private final String peer;
  private final BrokerClientConfig config;
  private final Listener listener;
  private final Channel channel;
  private final FrameDecoder frames;
  private final MessageReader reader = new MessageReader();
  private final Deque<PendingRequest> inFlight = new ArrayDeque<>();
  private PeerVersions versions;
  private int nextCorrelationId;
  private boolean flushScheduled;
  private boolean ended;

  PeerConnection(String peer, BrokerClientConfig config, Channel channel, Listener listener) {
    this.peer = peer;
    this.config = config;
    this.channel = channel;
    this.listener = listener;
    this.frames = new FrameDecoder(config.maxFrameBytes(), channel.alloc());
  }

  /** Requests without an answer yet. */
  int inFlight() {
    return inFlight.size();
  }

  boolean contains(PendingRequest request) {
    return inFlight.contains(request);
  }

  /** Sends a request in the highest version both sides know; fails it when there is none. */
  void send(PendingRequest request) {
    short version = versions.highestCommon(request.key);
    if (version < 0) {
      request.fail(
          new PeerVersionException(
              peer + " does not know " + request.key.name + " in any version known here"));
      return;
    }
    write(request, version);
  }

  /** Ends the connection; everything in flight fails. */
  void close(String why, Throwable cause) {
    end(why, cause);
    channel.close();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    handshake(ApiKeys.API_VERSIONS.latestVersion());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (ended) {
      bytes.release();
      return;
    }
    frames.add(bytes);
    try {
      while (!ended) {
        ByteBuf frame = frames.next();
        if (frame == null) {
          return;
        }
        receive(frame);
      }
    } catch (ProtocolException e) {
      close("sent what is no answer of the Kafka protocol (" + e.reason().metricName() + ")", e);
    } catch (MalformedMessageException e) {
      close("sent an answer that cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("closed the connection", null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close("is lost: " + cause.getMessage(), cause);
  }

  private void handshake(short version) {
    ApiVersionsRequestData hello = new ApiVersionsRequestData();
    hello.setClientSoftwareName(config.softwareName());
    hello.setClientSoftwareVersion(config.softwareVersion());
    PendingRequest request = new PendingRequest(ApiKeys.API_VERSIONS, hello);
    write(request, version);
  }

  private void write(PendingRequest request, short version) {
    request.version = version;
    request.correlationId = nextCorrelationId++;
    EncodedMessage encoded;
    try {
      encoded =
          MessageCodec.writeRequest(
              request.key,
              version,
              request.correlationId,
              config.clientId(),
              request.body,
              channel.alloc(),
              MessageCodec.DEFAULT_INLINE);
    } catch (RuntimeException e) {
      request.fail(e);
      return;
    }
    inFlight.add(request);
    for (Object part : encoded.parts()) {
      channel.write(part, channel.voidPromise());
    }
    if (!flushScheduled) {
      flushScheduled = true;
      channel.eventLoop().execute(this::flush);
    }
  }

  private void flush() {
    flushScheduled = false;
    channel.flush();
  }

  private void receive(ByteBuf frame) throws ProtocolException {
    boolean keep = false;
    try {
      reader.reset(frame);
      int correlationId = reader.readInt();
      PendingRequest request = inFlight.peek();
      if (request == null || request.correlationId != correlationId) {
        close("answered request " + correlationId + ", which is not the one expected", null);
        return;
      }
      if (versions == null) {
        shakeHands(request, frame);
        return;
      }
      if (request.key.responseHeaderVersion(request.version) >= 1) {
        skipTaggedFields();
      }
      Object body = MessageCodec.readResponse(request.key, request.version, reader);
      keep = reader.viewsTaken();
      inFlight.remove();
      request.complete(new FrameResponse(body, request.version, keep ? frame : null));
    } finally {
      reader.clear();
      if (!keep) {
        frame.release();
      }
    }
  }

  private void shakeHands(PendingRequest request, ByteBuf frame) {
    inFlight.remove();
    boolean refused =
        frame.readableBytes() >= 2
            && frame.getShort(frame.readerIndex()) == Errors.UNSUPPORTED_VERSION.code();
    short version = refused ? 0 : request.version;
    ApiVersionsResponseData answer =
        (ApiVersionsResponseData) MessageCodec.readResponse(ApiKeys.API_VERSIONS, version, reader);
    PeerVersions offered = new PeerVersions(answer);
    if (refused) {
      short retry = offered.highestCommon(ApiKeys.API_VERSIONS);
      if (retry < 0 || retry >= request.version) {
        close("knows no version of ApiVersions known here", null);
      } else {
        handshake(retry);
      }
      return;
    }
    if (answer.errorCode() != Errors.NONE.code()) {
      close("refused the handshake: " + Errors.forCode(answer.errorCode()), null);
      return;
    }
    versions = offered;
    listener.ready(this);
  }

  private void skipTaggedFields() {
    int count = reader.readUnsignedVarint();
    for (int i = 0; i < count; i++) {
      int tag = reader.readUnsignedVarint();
      int size = reader.readUnsignedVarint();
      reader.skipTaggedField(tag, size);
    }
  }

  private void end(String why, Throwable cause) {
    if (ended) {
      return;
    }
    ended = true;
    frames.release();
    List<PendingRequest> unanswered = new ArrayList<>(inFlight);
    inFlight.clear();
    listener.lost(this, new PeerUnavailableException(peer + " " + why, false, cause));
    for (PendingRequest request : unanswered) {
      request.fail(new PeerUnavailableException(peer + " " + why, true, cause));
    }
  }
}
