package io.ottla.network.client;

import java.net.ConnectException;

/**
 * The peer refused the connection, could not be found, or the connection ended before the answer
 * came. Whether the peer acted on the request is told by {@link #mayHaveBeenSent()}.
 */
public final class PeerUnavailableException extends ConnectException {
  private final boolean mayHaveBeenSent;

  PeerUnavailableException(String message, boolean mayHaveBeenSent, Throwable cause) {
    super(message);
    this.mayHaveBeenSent = mayHaveBeenSent;
    if (cause != null) {
      initCause(cause);
    }
  }

  /** False when no byte of the request can have reached the peer. */
  public boolean mayHaveBeenSent() {
    return mayHaveBeenSent;
  }
}
