package io.ottla.network.codec;

import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * The generated messages of kafka-clients to and from bytes. Without state; callers see messages as
 * objects, so that only this package knows the serialization interfaces.
 */
public final class MessageCodec {
  /** For {@code maxInline}: record sets are copied into the message up to this size, 64 KiB. */
  public static final int DEFAULT_INLINE = 64 * 1024;

  private static final int LENGTH_BYTES = 4;

  private MessageCodec() {}

  /**
   * Reads a request body. Bytes after it are ignored, as clients have come to expect.
   *
   * @throws MalformedMessageException when the bytes are not such a request
   */
  public static Object readRequest(ApiKeys key, short version, MessageReader reader) {
    ApiMessage body = key.messageType.newRequest();
    reader.guard(KeyedArrayGuard.of(body.getClass(), version));
    return read(key, version, body, reader);
  }

  /**
   * Reads a response body.
   *
   * @throws MalformedMessageException when the bytes are not such a response
   */
  public static Object readResponse(ApiKeys key, short version, MessageReader reader) {
    return read(key, version, key.messageType.newResponse(), reader);
  }

  /** A request body with every field at its default. */
  public static Object emptyRequest(ApiKeys key) {
    return key.messageType.newRequest();
  }

  /**
   * Writes length field, request header and body.
   *
   * @param clientId at most 32,767 bytes of UTF-8
   */
  public static EncodedMessage writeRequest(
      ApiKeys key,
      short version,
      int correlationId,
      String clientId,
      Object body,
      ByteBufAllocator allocator,
      int maxInline) {
    byte[] client = clientId.getBytes(StandardCharsets.UTF_8);
    short headerVersion = key.requestHeaderVersion(version);
    int header = 8 + (headerVersion >= 1 ? 2 + client.length : 0) + (headerVersion >= 2 ? 1 : 0);
    return write(
        (ApiMessage) body,
        version,
        header,
        allocator,
        maxInline,
        writer -> {
          writer.writeShort(key.id);
          writer.writeShort(version);
          writer.writeInt(correlationId);
          if (headerVersion >= 1) {
            writer.writeShort((short) client.length);
            writer.writeByteArray(client);
          }
          if (headerVersion >= 2) {
            writer.writeByte((byte) 0);
          }
        });
  }

  /**
   * Writes length field, response header and body. The file slices of the body are closed or passed
   * on with the result, also when this throws.
   *
   * @param maxInline file slices up to this size are read into the buffer, larger ones become file
   *     regions
   */
  public static EncodedMessage writeResponse(
      ApiKeys key,
      short version,
      int correlationId,
      Object body,
      ByteBufAllocator allocator,
      int maxInline) {
    boolean tagged = key.responseHeaderVersion(version) >= 1;
    return write(
        (ApiMessage) body,
        version,
        tagged ? 5 : 4,
        allocator,
        maxInline,
        writer -> {
          writer.writeInt(correlationId);
          if (tagged) {
            writer.writeByte((byte) 0);
          }
        });
  }

  private interface Header {
    void writeTo(MessageWriter writer);
  }

  private static EncodedMessage write(
      ApiMessage body,
      short version,
      int headerBytes,
      ByteBufAllocator allocator,
      int maxInline,
      Header header) {
    MessageWriter writer = null;
    try {
      ObjectSerializationCache cache = new ObjectSerializationCache();
      MessageWriter.Size size = new MessageWriter.Size(maxInline);
      body.addSize(size, cache, version);
      int frameBytes = Math.addExact(headerBytes, size.totalSize());
      writer = new MessageWriter(allocator, LENGTH_BYTES + headerBytes, size, maxInline);
      writer.writeInt(frameBytes);
      header.writeTo(writer);
      body.write(writer, cache, version);
      return new EncodedMessage(writer.finish(), LENGTH_BYTES + frameBytes);
    } catch (RuntimeException e) {
      if (writer != null) {
        writer.abort();
      }
      RecordSets.release(body);
      throw e;
    }
  }

  private static Object read(ApiKeys key, short version, ApiMessage body, MessageReader reader) {
    try {
      body.read(reader, version);
      return body;
    } catch (MalformedMessageException e) {
      throw e;
    } catch (RuntimeException e) {
      // The generated classes throw bare runtime exceptions for nulls and counts that cannot be.
      throw new MalformedMessageException(key.name + " v" + version + ": " + e.getMessage(), e);
    }
  }
}
