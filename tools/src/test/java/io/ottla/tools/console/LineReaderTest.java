package io.ottla.tools.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.tools.cli.ToolException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class LineReaderTest {
  private static ProducerRecord<byte[], byte[]> read(String line, String... properties) {
    return new LineReader("t", map(properties)).read(line);
  }

  private static Map<String, String> map(String... properties) {
    Map<String, String> map = new HashMap<>();
    for (String pair : properties) {
      map.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return map;
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static String headers(ProducerRecord<byte[], byte[]> message) {
    return Arrays.stream(message.headers().toArray())
        .map(h -> h.key() + "=" + text(h.value()))
        .collect(Collectors.joining(" "));
  }

  @Property(tries = 200)
  void withoutPropertiesTheLineIsTheValue(@ForAll String line) {
    ProducerRecord<byte[], byte[]> message = read(line);
    assertThat(message.value()).isEqualTo(line.getBytes(StandardCharsets.UTF_8));
    assertThat(message.key()).isNull();
  }

  @Test
  void takesHeadersKeyAndValueApart() {
    ProducerRecord<byte[], byte[]> message =
        read("a:1,b:2:3\tkey\tvalue\twith tab", "parse.key=true", "parse.headers=true");
    assertThat(headers(message)).isEqualTo("a=1 b=2:3");
    assertThat(text(message.key())).isEqualTo("key");
    assertThat(text(message.value())).isEqualTo("value\twith tab");
  }

  @Test
  void separatorsCanBeChosen() {
    ProducerRecord<byte[], byte[]> message =
        read(
            "a->1;b->2||key==value",
            "parse.key=true",
            "parse.headers=true",
            "key.separator===",
            "headers.delimiter=||",
            "headers.separator=;",
            "headers.key.separator=->");
    assertThat(headers(message)).isEqualTo("a=1 b=2");
    assertThat(text(message.key())).isEqualTo("key");
    assertThat(text(message.value())).isEqualTo("value");
  }

  @Test
  void theNullMarkerIsNull() {
    ProducerRecord<byte[], byte[]> message =
        read("NIL\tk:1\tNIL", "parse.key=true", "parse.headers=true", "null.marker=NIL");
    assertThat(headers(message)).isEmpty();
    assertThat(text(message.key())).isEqualTo("k:1");
    assertThat(message.value()).isNull();
    assertThat(headers(read("a:NIL\tv", "parse.headers=true", "null.marker=NIL")))
        .isEqualTo("a=null");
  }

  @Test
  void aMissingSeparatorNamesTheLine() {
    LineReader reader = new LineReader("t", map("parse.key=true"));
    reader.read("a\tb");
    assertThatThrownBy(() -> reader.read("oops"))
        .isInstanceOf(ToolException.class)
        .hasMessage("No key separator found on line number 2: 'oops'");
    assertThatThrownBy(() -> read("h\tv", "parse.headers=true"))
        .hasMessage("No header key separator found in pair 'h' on line number 1");
  }

  @Test
  void errorsCanBeIgnored() {
    ProducerRecord<byte[], byte[]> message =
        read("oops", "parse.key=true", "parse.headers=true", "ignore.error=true");
    assertThat(message.key()).isNull();
    assertThat(text(message.value())).isEqualTo("oops");
  }

  @Test
  void ambiguousPropertiesAreRefused() {
    assertThatThrownBy(() -> read("", "parse.headers=true", "headers.delimiter=,"))
        .hasMessageContaining("may not be equal");
    assertThatThrownBy(() -> read("", "null.marker=;", "key.separator=;"))
        .hasMessageContaining("may not be equal");
  }
}
