package io.ottla.network.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Recognises other protocols by the first four bytes of a connection, which a client of ours would
 * mean as a frame length, and knows what to answer them. As lengths, all of them are beyond 350 MB.
 */
public final class Greeting {
  private static final byte[] HTTP_ANSWER =
      String.join(
              "\r\n",
              "HTTP/1.1 400 Bad Request",
              "Content-Type: text/plain",
              "Content-Length: 64",
              "Connection: close",
              "",
              "This port speaks the Apache Kafka protocol, it is not for HTTP.\n")
          .getBytes(StandardCharsets.US_ASCII);

  /** Record type alert, TLS 1.2, two bytes: fatal, unexpected_message. */
  private static final byte[] TLS_ALERT = {0x15, 3, 3, 0, 2, 2, 10};

  private Greeting() {}

  /** Throws when the first four bytes of a connection are another protocol's. */
  static void check(int first) throws ProtocolException {
    int type = first >>> 24;
    if ((type == 0x16 || type == 0x15) && (first >>> 16 & 0xff) == 3) {
      throw new ProtocolException(
          CloseReason.TLS_ON_PLAINTEXT,
          "a TLS handshake arrived on a listener without TLS; set the client's security.protocol"
              + " to that of this listener, or let it connect to an SSL listener");
    }
    switch (first) {
      case 0x47455420, // "GET "
          0x504f5354, // "POST"
          0x50555420, // "PUT "
          0x48454144, // "HEAD"
          0x4f505449, // "OPTI"
          0x44454c45, // "DELE"
          0x50415443, // "PATC"
          0x434f4e4e, // "CONN"
          0x50524920 -> // "PRI ", HTTP/2
          throw new ProtocolException(
              CloseReason.HTTP_ON_PLAINTEXT,
              "an HTTP request arrived; this port speaks the Kafka protocol only");
      case 0x5353482d -> // "SSH-"
          throw new ProtocolException(
              CloseReason.OTHER_PROTOCOL,
              "an SSH greeting arrived; this port speaks the Kafka protocol only");
      default -> {}
    }
  }

  /** What tells the other side, in its own protocol, that it is wrong here; null for nothing. */
  public static ByteBuf answer(CloseReason reason) {
    return switch (reason) {
      case HTTP_ON_PLAINTEXT -> Unpooled.wrappedBuffer(HTTP_ANSWER.clone());
      case TLS_ON_PLAINTEXT -> Unpooled.wrappedBuffer(TLS_ALERT.clone());
      default -> null;
    };
  }
}
