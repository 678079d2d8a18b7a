package io.ottla.tools.console;

import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.ToolException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.common.header.Header;

/** The formatters of the console consumer: Kafka's names, JSON, or a class on the class path. */
final class MessageFormatters {
  private MessageFormatters() {}

  static MessageFormatter create(String className, Map<String, String> properties) {
    String name = className.substring(className.lastIndexOf('.') + 1);
    MessageFormatter formatter =
        switch (name) {
          case "DefaultMessageFormatter" -> new DefaultMessageFormatter();
          case "LoggingMessageFormatter" -> new LoggingMessageFormatter();
          case "NoOpMessageFormatter" -> (message, output) -> {};
          default -> load(className);
        };
    formatter.configure(properties);
    return formatter;
  }

  private static MessageFormatter load(String className) {
    try {
      return Class.forName(className)
          .asSubclass(MessageFormatter.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new ToolException("'" + className + "' is not a formatter on the class path", e);
    }
  }

  /**
   * Prints what the default formatter prints, and the timestamp, key and value to standard error.
   */
  private static final class LoggingMessageFormatter implements MessageFormatter {
    private final DefaultMessageFormatter line = new DefaultMessageFormatter();

    @Override
    public void configure(Map<String, ?> configs) {
      line.configure(configs);
    }

    @Override
    public void writeTo(ConsumerRecord<byte[], byte[]> message, PrintStream output) {
      line.writeTo(message, output);
      System.err.println(
          DefaultMessageFormatter.timestamp(message)
              + ", key:"
              + text(message.key())
              + ", value:"
              + text(message.value()));
    }

    @Override
    public void close() {
      line.close();
    }
  }

  /** One line of JSON per record. Bytes are shown as UTF-8 text. */
  static final class JsonMessageFormatter implements MessageFormatter {
    private final Json json = new Json();

    @Override
    public void writeTo(ConsumerRecord<byte[], byte[]> message, PrintStream output) {
      List<Object> headers = new ArrayList<>();
      for (Header header : message.headers()) {
        headers.add(Json.object("key", header.key(), "value", text(header.value())));
      }
      output.println(
          json.line(
              Json.object(
                  "topic", message.topic(),
                  "partition", message.partition(),
                  "offset", message.offset(),
                  "timestamp", message.timestamp(),
                  "timestampType", message.timestampType().toString(),
                  "headers", headers,
                  "key", text(message.key()),
                  "value", text(message.value()))));
    }
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
