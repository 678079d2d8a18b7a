package io.ottla.network.client;

import java.io.IOException;

/** The peer does not know the request in any version this side knows. Retrying does not help. */
public final class PeerVersionException extends IOException {
  PeerVersionException(String message) {
    super(message);
  }
}
