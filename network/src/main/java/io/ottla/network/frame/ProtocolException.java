package io.ottla.network.frame;

/** What a client sent cannot be served; its connection is closed for the reason given. */
public final class ProtocolException extends Exception {
  private final CloseReason reason;

  public ProtocolException(CloseReason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public CloseReason reason() {
    return reason;
  }
}
