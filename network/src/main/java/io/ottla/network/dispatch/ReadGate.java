package io.ottla.network.dispatch;

import io.netty.channel.Channel;

/**
 * Whether a connection is read: open as long as no reason stands against it. Follows with the
 * channel's auto-read, and runs {@code onOpen} in a task of its own when the last reason goes, so
 * that frames which are already here are taken up without nesting in whoever opened the gate.
 *
 * <p>Owned by the connection's event loop.
 */
public final class ReadGate {
  /** Why a connection is not read. */
  public enum Reason {
    REQUESTS_IN_FLIGHT(1),
    BYTES_IN_FLIGHT(2),
    NOT_WRITABLE(4),
    THROTTLED(8),
    CLOSING(16);

    private final int bit;

    Reason(int bit) {
      this.bit = bit;
    }
  }

  private final Channel channel;
  private final Runnable onOpen;
  private int reasons;
  private boolean opening;

  public ReadGate(Channel channel, Runnable onOpen) {
    this.channel = channel;
    this.onOpen = onOpen;
  }

  public boolean isOpen() {
    return reasons == 0;
  }

  /** Sets or clears one reason. */
  public void set(Reason reason, boolean closed) {
    int before = reasons;
    reasons = closed ? before | reason.bit : before & ~reason.bit;
    if (before == 0 && reasons != 0) {
      channel.config().setAutoRead(false);
    } else if (before != 0 && reasons == 0) {
      channel.config().setAutoRead(true);
      if (!opening) {
        opening = true;
        channel.eventLoop().execute(this::opened);
      }
    }
  }

  private void opened() {
    opening = false;
    if (isOpen()) {
      onOpen.run();
    }
  }
}
