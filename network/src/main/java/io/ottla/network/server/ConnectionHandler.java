package io.ottla.network.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.RequestContext;
import io.ottla.network.api.RequestHandler;
import io.ottla.network.codec.EncodedMessage;
import io.ottla.network.dispatch.ReadGate;
import io.ottla.network.dispatch.ResponseDispatcher;
import io.ottla.network.frame.CloseReason;
import io.ottla.network.frame.FrameDecoder;
import io.ottla.network.frame.Greeting;
import io.ottla.network.frame.ProtocolException;
import io.ottla.network.frame.RequestDecoder;
import io.ottla.network.frame.ResponseEncoder;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * One connection: bytes to frames to requests to the handler, answers in order back to bytes, and
 * the end of it all. The last handler of its pipeline; what it works with belongs, like itself, to
 * the connection's event loop.
 *
 * <p>Every frame pulled from the decoder becomes a request in flight or closes the connection.
 * While the read gate is closed no frame is pulled and the socket is not read.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a failed write closes; every end is seen in channelInactive
final class ConnectionHandler extends ChannelInboundHandlerAdapter
    implements ResponseDispatcher.Output, ConnectionSweeper.Swept {
  private final Channel channel;
  private final RequestContext context;
  private final RequestHandler handler;
  private final ConnectionEvents events;
  private final ConnectionSweeper sweeper;
  private final LongSupplier nanoClock;
  private final FrameDecoder frames;
  private final RequestDecoder requests;
  private final ResponseEncoder encoder;
  private final ReadGate gate;
  private final ResponseDispatcher responses;
  private final ConnectionDeadlines deadlines;
  private boolean closing;
  private boolean ended;

  ConnectionHandler(
      Channel channel,
      RequestContext context,
      NetworkServerConfig config,
      RequestHandler handler,
      ConnectionEvents events,
      ConnectionSweeper sweeper,
      LongSupplier nanoClock) {
    this.channel = channel;
    this.context = context;
    this.handler = handler;
    this.events = events;
    this.sweeper = sweeper;
    this.nanoClock = nanoClock;
    this.frames = new FrameDecoder(config.maxFrameBytes(), channel.alloc());
    this.encoder = new ResponseEncoder(handler, channel.alloc(), config.maxInlineSliceBytes());
    this.gate = new ReadGate(channel, this::resume);
    this.responses =
        new ResponseDispatcher(
            channel,
            gate,
            this,
            config.maxInFlightPerConnection(),
            config.maxInFlightBytesPerConnection());
    this.requests = new RequestDecoder(handler, context, responses);
    this.deadlines = new ConnectionDeadlines(channel, config, nanoClock.getAsLong());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    events.accepted.inc();
    sweeper.add(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (closing) {
      bytes.release();
      return;
    }
    events.bytesIn.inc(bytes.readableBytes());
    frames.add(bytes);
    responses.beginBatch();
    takeFrames();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    responses.endBatch();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    gate.set(ReadGate.Reason.NOT_WRITABLE, !channel.isWritable());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      close(CloseReason.IO_ERROR, String.valueOf(cause.getMessage()), cause);
    } else {
      close(CloseReason.INTERNAL_ERROR, "unexpected " + cause, cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    end();
  }

  /** The gate opened again: takes up the frames that are already here. */
  private void resume() {
    if (!closing) {
      responses.beginBatch();
      takeFrames();
      responses.endBatch();
    }
  }

  private void takeFrames() {
    long now = nanoClock.getAsLong();
    try {
      while (gate.isOpen()) {
        ByteBuf frame = frames.next();
        if (frame == null) {
          if (frames.isMidFrame()) {
            deadlines.frameBegun(now);
          }
          return;
        }
        deadlines.frameDone();
        deadlines.active(now);
        dispatch(frame, now);
      }
    } catch (ProtocolException e) {
      close(e.reason(), e.getMessage(), null);
    }
  }

  private void dispatch(ByteBuf frame, long now) throws ProtocolException {
    long sequence = responses.begin(frame.readableBytes());
    InboundRequest request = requests.decode(frame, now, sequence);
    events.requests.inc();
    try {
      handler.handle(request);
    } catch (RuntimeException | Error e) {
      request.releaseFrame();
      close(CloseReason.INTERNAL_ERROR, "the handler of " + request + " failed", e);
    }
  }

  @Override
  public void write(InboundRequest request, OutboundResponse response) {
    EncodedMessage encoded;
    try {
      encoded = encoder.encode(request, response);
    } catch (RuntimeException e) {
      close(CloseReason.INTERNAL_ERROR, "cannot write the response to " + request, e);
      return;
    }
    events.responses.inc();
    events.bytesOut.inc(encoded.sizeInBytes());
    for (Object part : encoded.parts()) {
      // A failed write closes the channel by itself, so nobody needs a future for each part.
      channel.write(part, channel.voidPromise());
    }
  }

  @Override
  public void close(String reason) {
    if (beginClose(CloseReason.REQUEST_HANDLER, reason, null)) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void checkDeadlines(long nowNanos) {
    CloseReason passed =
        deadlines.passed(nowNanos, gate.isOpen(), frames.receivedOfFrame(), responses.inFlight());
    if (passed == null) {
      return;
    }
    String detail =
        switch (passed) {
          case WRITE_STALL -> "the client takes no more bytes of its answers";
          case FRAME_DEADLINE ->
              "a request did not arrive in time, " + frames.receivedOfFrame() + " bytes of it came";
          default -> "nothing happened on it for the idle timeout";
        };
    if (closing) {
      // Closing waits for bytes to leave, which they do not.
      channel.close();
    } else {
      close(passed, detail, null);
    }
  }

  /** The server stops. Called on the event loop. */
  void serverClosed() {
    close(CloseReason.SERVER_CLOSED, "the server stops", null);
  }

  private void close(CloseReason reason, String detail, Throwable cause) {
    if (!beginClose(reason, detail, cause)) {
      return;
    }
    ByteBuf answer = Greeting.answer(reason);
    if (answer == null) {
      channel.flush();
      channel.close();
    } else {
      channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private boolean beginClose(CloseReason reason, String detail, Throwable cause) {
    if (closing) {
      return false;
    }
    closing = true;
    gate.set(ReadGate.Reason.CLOSING, true);
    events.connectionClosed(reason, context, detail, cause);
    frames.release();
    return true;
  }

  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (!closing) {
      beginClose(CloseReason.PEER_CLOSED, "the client closed it", null);
    }
    sweeper.remove(this);
    responses.close();
    handler.connectionClosed(context);
  }
}
