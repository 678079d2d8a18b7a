package io.ottla.network.frame;

import java.util.Locale;

/** Why a connection ended; names the counter {@code network.connections.closed.<name>}. */
public enum CloseReason {
  PEER_CLOSED,
  IO_ERROR,
  SERVER_CLOSED,
  CONNECTION_LIMIT,
  CONNECTION_LIMIT_PER_IP,
  FRAME_SIZE,
  TLS_ON_PLAINTEXT,
  HTTP_ON_PLAINTEXT,
  OTHER_PROTOCOL,
  UNKNOWN_API_KEY,
  UNSUPPORTED_VERSION,
  MALFORMED_REQUEST,
  FRAME_DEADLINE,
  WRITE_STALL,
  IDLE,
  REQUEST_HANDLER,
  INTERNAL_ERROR;

  /** The last part of the counter's name, in lower case with dashes. */
  public String metricName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
