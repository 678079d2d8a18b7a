package io.ottla.network.frame;

import io.netty.buffer.ByteBuf;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.RequestContext;
import io.ottla.network.api.RequestHandler;
import io.ottla.network.api.ResponseSink;
import io.ottla.network.codec.MalformedMessageException;
import io.ottla.network.codec.MessageCodec;
import io.ottla.network.codec.MessageReader;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Turns the frames of one connection into requests. Key and version are checked against the request
 * handler before anything else is parsed. Owned by the connection's event loop.
 */
public final class RequestDecoder {
  private static final int MIN_HEADER_BYTES = 8;
  private static final int MAX_SOFTWARE_NAME = 128;

  private final RequestHandler handler;
  private final RequestContext context;
  private final ResponseSink sink;
  private final MessageReader reader = new MessageReader();

  public RequestDecoder(RequestHandler handler, RequestContext context, ResponseSink sink) {
    this.handler = handler;
    this.context = context;
    this.sink = sink;
  }

  /**
   * Decodes one frame, which is taken over in every case.
   *
   * @throws ProtocolException when the connection must be closed
   */
  public InboundRequest decode(ByteBuf frame, long arrivalNanos, long sequence)
      throws ProtocolException {
    boolean keep = false;
    try {
      int size = frame.readableBytes();
      reader.reset(frame);
      InboundRequest request = parse(frame, size, arrivalNanos, sequence);
      keep = reader.viewsTaken();
      return request;
    } catch (MalformedMessageException e) {
      throw new ProtocolException(CloseReason.MALFORMED_REQUEST, "bad request: " + e.getMessage());
    } finally {
      reader.clear();
      if (!keep) {
        frame.release();
      }
    }
  }

  private InboundRequest parse(ByteBuf frame, int size, long arrivalNanos, long sequence)
      throws ProtocolException {
    if (size < MIN_HEADER_BYTES) {
      throw new ProtocolException(
          CloseReason.MALFORMED_REQUEST, "frame of " + size + " bytes is too short for a request");
    }
    short keyId = reader.readShort();
    short version = reader.readShort();
    if (!ApiKeys.hasId(keyId)) {
      throw new ProtocolException(CloseReason.UNKNOWN_API_KEY, "unknown API key " + keyId);
    }
    ApiKeys key = ApiKeys.forId(keyId);
    if (!handler.accepts(key, version)) {
      if (key == ApiKeys.API_VERSIONS) {
        return new InboundRequest(
            context,
            key,
            version,
            reader.readInt(),
            "",
            MessageCodec.emptyRequest(key),
            size,
            arrivalNanos,
            sequence,
            null,
            sink);
      }
      throw new ProtocolException(
          CloseReason.UNSUPPORTED_VERSION,
          "version " + version + " of " + key.name + " is not supported");
    }
    int correlationId = reader.readInt();
    short headerVersion = key.requestHeaderVersion(version);
    String clientId = headerVersion >= 1 ? readClientId() : "";
    if (headerVersion >= 2) {
      skipTaggedFields();
    }
    Object body = MessageCodec.readRequest(key, version, reader);
    if (body instanceof ApiVersionsRequestData versions) {
      rememberSoftware(versions);
    }
    return new InboundRequest(
        context,
        key,
        version,
        correlationId,
        clientId,
        body,
        size,
        arrivalNanos,
        sequence,
        reader.viewsTaken() ? frame : null,
        sink);
  }

  private String readClientId() {
    short length = reader.readShort();
    return length < 0 ? "" : reader.readString(length);
  }

  private void skipTaggedFields() throws ProtocolException {
    int count = reader.readUnsignedVarint();
    if (count < 0 || count > MessageReader.MAX_TAGGED_FIELDS) {
      throw new ProtocolException(
          CloseReason.MALFORMED_REQUEST, "request header has " + count + " tagged fields");
    }
    for (int i = 0; i < count; i++) {
      int tag = reader.readUnsignedVarint();
      int size = reader.readUnsignedVarint();
      reader.skipTaggedField(tag, size);
    }
  }

  private void rememberSoftware(ApiVersionsRequestData versions) {
    String name = versions.clientSoftwareName();
    String version = versions.clientSoftwareVersion();
    if (isSoftwareName(name) && isSoftwareName(version)) {
      context.clientSoftware(name, version);
    }
  }

  /** Letters, digits, dots and dashes, the first and the last a letter or digit. */
  private static boolean isSoftwareName(String text) {
    int length = text.length();
    if (length == 0 || length > MAX_SOFTWARE_NAME) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = c >= '0' && c <= '9';
      boolean inner = i > 0 && i < length - 1 && (c == '.' || c == '-');
      if (!letter && !digit && !inner) {
        return false;
      }
    }
    return true;
  }
}
