package io.ottla.tools.console;

import io.ottla.tools.cli.ToolException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Prints the parts of a record that are switched on, in Kafka's order, between separators. Bytes
 * that no deserializer was named for are written as they are. Single-threaded.
 */
public final class DefaultMessageFormatter implements MessageFormatter {
  private boolean printTimestamp;
  private boolean printKey;
  private boolean printOffset;
  private boolean printPartition;
  private boolean printEpoch;
  private boolean printHeaders;
  private boolean printValue = true;
  private byte[] keySeparator = bytes("\t");
  private byte[] lineSeparator = bytes("\n");
  private byte[] headersSeparator = bytes(",");
  private byte[] nullLiteral = bytes("null");
  private Deserializer<?> keyDeserializer;
  private Deserializer<?> valueDeserializer;
  private Deserializer<?> headersDeserializer;

  @Override
  public void configure(Map<String, ?> configs) {
    Map<String, String> properties = new LinkedHashMap<>();
    configs.forEach((key, value) -> properties.put(key, String.valueOf(value)));
    printTimestamp = flag(properties, "print.timestamp", false);
    printKey = flag(properties, "print.key", false);
    printOffset = flag(properties, "print.offset", false);
    printPartition = flag(properties, "print.partition", false);
    printEpoch = flag(properties, "print.epoch", false);
    printHeaders = flag(properties, "print.headers", false);
    printValue = flag(properties, "print.value", true);
    keySeparator = bytes(properties.getOrDefault("key.separator", "\t"));
    lineSeparator = bytes(properties.getOrDefault("line.separator", "\n"));
    headersSeparator = bytes(properties.getOrDefault("headers.separator", ","));
    nullLiteral = bytes(properties.getOrDefault("null.literal", "null"));
    keyDeserializer = deserializer(properties, "key.deserializer", true);
    valueDeserializer = deserializer(properties, "value.deserializer", false);
    headersDeserializer = deserializer(properties, "headers.deserializer", false);
  }

  private static Deserializer<?> deserializer(
      Map<String, String> properties, String name, boolean isKey) {
    String className = properties.get(name);
    return className == null
        ? null
        : Deserializers.create(className, name + ".", properties, isKey);
  }

  private static boolean flag(Map<String, String> properties, String name, boolean byDefault) {
    String value = properties.getOrDefault(name, String.valueOf(byDefault)).strip();
    if (value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
      return Boolean.parseBoolean(value);
    }
    throw new ToolException(name + "=" + value + " must be true or false");
  }

  @Override
  public void writeTo(ConsumerRecord<byte[], byte[]> message, PrintStream output) {
    Line line = new Line(output);
    if (printTimestamp) {
      line.part(bytes(timestamp(message)));
    }
    if (printPartition) {
      line.part(bytes("Partition:" + message.partition()));
    }
    if (printOffset) {
      line.part(bytes("Offset:" + message.offset()));
    }
    if (printEpoch) {
      line.part(bytes("Epoch:" + message.leaderEpoch().map(String::valueOf).orElse("-1")));
    }
    if (printHeaders) {
      line.part(headers(message.topic(), message.headers()));
    }
    if (printKey) {
      line.part(text(message.topic(), keyDeserializer, message.key()));
    }
    if (printValue) {
      line.part(text(message.topic(), valueDeserializer, message.value()));
    }
    line.end();
  }

  static String timestamp(ConsumerRecord<byte[], byte[]> message) {
    return message.timestampType() == TimestampType.NO_TIMESTAMP_TYPE
        ? "NO_TIMESTAMP"
        : message.timestampType() + ":" + message.timestamp();
  }

  private byte[] headers(String topic, Headers headers) {
    java.io.ByteArrayOutputStream result = new java.io.ByteArrayOutputStream();
    for (Header header : headers) {
      if (result.size() > 0) {
        result.writeBytes(headersSeparator);
      }
      result.writeBytes(bytes(header.key() + ":"));
      result.writeBytes(text(topic, headersDeserializer, header.value()));
    }
    return result.size() == 0 ? bytes("NO_HEADERS") : result.toByteArray();
  }

  private byte[] text(String topic, Deserializer<?> deserializer, byte[] data) {
    if (data == null) {
      return nullLiteral;
    }
    if (deserializer == null) {
      return data;
    }
    Object value = deserializer.deserialize(topic, data);
    return value == null ? nullLiteral : bytes(value.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    for (Deserializer<?> deserializer :
        new Deserializer<?>[] {keyDeserializer, valueDeserializer, headersDeserializer}) {
      if (deserializer != null) {
        deserializer.close();
      }
    }
  }

  /** One record's line: separators go between its parts. */
  private final class Line {
    private final PrintStream output;
    private boolean empty = true;

    Line(PrintStream output) {
      this.output = output;
    }

    void part(byte[] bytes) {
      if (!empty) {
        write(keySeparator);
      }
      empty = false;
      write(bytes);
    }

    void end() {
      write(lineSeparator);
    }

    private void write(byte[] bytes) {
      try {
        output.write(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
