package io.ottla.tools.console;

import io.ottla.tools.cli.ToolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Turns a line into a record: {@code headers TAB key TAB value}, where the parts before the value
 * are there when asked for. Single-threaded: counts lines for its messages.
 */
final class LineReader {
  private final String topic;
  private final boolean parseKey;
  private final boolean parseHeaders;
  private final boolean ignoreError;
  private final String keySeparator;
  private final String headersDelimiter;
  private final String headersSeparator;
  private final String headerKeySeparator;
  private final String nullMarker;
  private long lineNumber;

  /**
   * @param properties Kafka's: parse.key, key.separator, parse.headers, headers.delimiter,
   *     headers.separator, headers.key.separator, ignore.error, null.marker
   */
  LineReader(String topic, Map<String, String> properties) {
    this.topic = topic;
    parseKey = flag(properties, "parse.key");
    parseHeaders = flag(properties, "parse.headers");
    ignoreError = flag(properties, "ignore.error");
    keySeparator = properties.getOrDefault("key.separator", "\t");
    headersDelimiter = properties.getOrDefault("headers.delimiter", "\t");
    headersSeparator = properties.getOrDefault("headers.separator", ",");
    headerKeySeparator = properties.getOrDefault("headers.key.separator", ":");
    nullMarker = properties.get("null.marker");
    check(properties);
  }

  private void check(Map<String, String> properties) {
    if (parseHeaders && headersDelimiter.equals(headersSeparator)) {
      throw new ToolException("headers.delimiter and headers.separator may not be equal");
    }
    if (parseHeaders && headersDelimiter.equals(headerKeySeparator)) {
      throw new ToolException("headers.delimiter and headers.key.separator may not be equal");
    }
    if (parseHeaders && headersSeparator.equals(headerKeySeparator)) {
      throw new ToolException("headers.separator and headers.key.separator may not be equal");
    }
    for (String name :
        List.of(
            "key.separator", "headers.delimiter", "headers.separator", "headers.key.separator")) {
      String separator = properties.get(name);
      if (separator != null && separator.isEmpty()) {
        throw new ToolException(name + " may not be empty");
      }
      if (separator != null && separator.equals(nullMarker)) {
        throw new ToolException("null.marker and " + name + " may not be equal");
      }
    }
  }

  private static boolean flag(Map<String, String> properties, String name) {
    String value = properties.getOrDefault(name, "false").strip();
    if (value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")) {
      return Boolean.parseBoolean(value);
    }
    throw new ToolException(name + "=" + value + " must be true or false");
  }

  /** The record of a line. */
  ProducerRecord<byte[], byte[]> read(String line) {
    lineNumber++;
    String rest = line;
    List<Header> headers = List.of();
    if (parseHeaders) {
      String[] parts = cut(rest, headersDelimiter, "headers delimiter");
      headers = parts[0] == null ? List.of() : headers(parts[0]);
      rest = parts[1];
    }
    byte[] key = null;
    if (parseKey) {
      String[] parts = cut(rest, keySeparator, "key separator");
      key = bytes(parts[0]);
      rest = parts[1];
    }
    return new ProducerRecord<>(topic, null, null, key, bytes(rest), headers);
  }

  /**
   * The part before the separator, or null where it is missing and that is ignored, and the part
   * after it.
   */
  private String[] cut(String text, String separator, String what) {
    int at = text.indexOf(separator);
    if (at >= 0) {
      return new String[] {text.substring(0, at), text.substring(at + separator.length())};
    }
    if (ignoreError) {
      return new String[] {null, text};
    }
    throw new ToolException(
        "No " + what + " found on line number " + lineNumber + ": '" + text + "'");
  }

  private List<Header> headers(String text) {
    if (text.equals(nullMarker) || text.isEmpty()) {
      return List.of();
    }
    List<Header> headers = new ArrayList<>();
    int start = 0;
    while (start <= text.length()) {
      int end = text.indexOf(headersSeparator, start);
      String pair = end < 0 ? text.substring(start) : text.substring(start, end);
      headers.add(header(pair));
      if (end < 0) {
        break;
      }
      start = end + headersSeparator.length();
    }
    return headers;
  }

  private Header header(String pair) {
    int at = pair.indexOf(headerKeySeparator);
    if (at < 0) {
      if (ignoreError) {
        return new RecordHeader(pair, (byte[]) null);
      }
      throw new ToolException(
          "No header key separator found in pair '" + pair + "' on line number " + lineNumber);
    }
    String key = pair.substring(0, at);
    if (key.equals(nullMarker)) {
      throw new ToolException(
          "Header keys should not be equal to the null marker '"
              + nullMarker
              + "' as they can't be null (line number "
              + lineNumber
              + ")");
    }
    return new RecordHeader(key, bytes(pair.substring(at + headerKeySeparator.length())));
  }

  private byte[] bytes(String text) {
    return text == null || text.equals(nullMarker) ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
