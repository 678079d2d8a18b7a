package io.ottla.network.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.ottla.network.frame.CloseReason;

/**
 * The three deadlines of one connection: a started frame must arrive, answers must be taken, and
 * something must happen at all. Owned by the connection's event loop.
 */
final class ConnectionDeadlines {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Bytes a slow but honest sender must manage per second. */
  private static final long MIN_BYTES_PER_SECOND = 64 * 1024;

  private final Channel channel;
  private final long idleNanos;
  private final long frameNanos;
  private final long stallNanos;
  private long lastActivity;
  private long frameStarted;
  private boolean midFrame;
  private long lastWriteProgress;
  private long pendingBytes;
  private long partProgress;

  ConnectionDeadlines(Channel channel, NetworkServerConfig config, long nowNanos) {
    this.channel = channel;
    this.idleNanos = config.idleTimeout().toNanos();
    this.frameNanos = config.frameDeadline().toNanos();
    this.stallNanos = config.writeStall().toNanos();
    this.lastActivity = nowNanos;
    this.lastWriteProgress = nowNanos;
  }

  /** A request came or an answer left. */
  void active(long nowNanos) {
    lastActivity = nowNanos;
  }

  /** A frame has begun; its clock starts unless it runs. */
  void frameBegun(long nowNanos) {
    if (!midFrame) {
      midFrame = true;
      frameStarted = nowNanos;
    }
  }

  /** A frame is complete. */
  void frameDone() {
    midFrame = false;
  }

  /**
   * The deadline that has passed, null for none.
   *
   * @param reading whether we read: a client cannot be blamed while we do not
   * @param receivedOfFrame bytes of the unfinished frame
   * @param inFlight unanswered requests
   */
  CloseReason passed(long nowNanos, boolean reading, int receivedOfFrame, int inFlight) {
    if (isStalled(nowNanos)) {
      return CloseReason.WRITE_STALL;
    }
    if (!reading) {
      frameStarted = nowNanos;
      lastActivity = nowNanos;
      return null;
    }
    if (midFrame) {
      long bonus = receivedOfFrame * NANOS_PER_SECOND / MIN_BYTES_PER_SECOND;
      return nowNanos - frameStarted > frameNanos + bonus ? CloseReason.FRAME_DEADLINE : null;
    }
    if (inFlight > 0) {
      lastActivity = nowNanos;
      return null;
    }
    return nowNanos - lastActivity > idleNanos ? CloseReason.IDLE : null;
  }

  private boolean isStalled(long nowNanos) {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    long pending = out == null ? 0 : out.totalPendingWriteBytes();
    long progress = out == null ? 0 : out.currentProgress();
    if (pending == 0 || pending != pendingBytes || progress != partProgress) {
      pendingBytes = pending;
      partProgress = progress;
      lastWriteProgress = nowNanos;
      return false;
    }
    return nowNanos - lastWriteProgress > stallNanos;
  }
}
