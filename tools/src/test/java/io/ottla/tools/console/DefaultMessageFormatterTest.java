package io.ottla.tools.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class DefaultMessageFormatterTest {
  private static final byte[] LONG = ByteBuffer.allocate(8).putLong(42).array();

  private static String format(
      MessageFormatter formatter, byte[] key, byte[] value, RecordHeaders headers) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    formatter.writeTo(
        new ConsumerRecord<>(
            "t",
            3,
            7L,
            1000L,
            TimestampType.CREATE_TIME,
            0,
            0,
            key,
            value,
            headers,
            Optional.of(5)),
        out);
    formatter.close();
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static MessageFormatter formatter(String... properties) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < properties.length; i += 2) {
      map.put(properties[i], properties[i + 1]);
    }
    return MessageFormatters.create("kafka.tools.DefaultMessageFormatter", map);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void printsTheValueOnly() {
    assertThat(format(formatter(), utf8("k"), utf8("v"), new RecordHeaders())).isEqualTo("v\n");
    assertThat(format(formatter(), null, null, new RecordHeaders())).isEqualTo("null\n");
  }

  @Test
  void printsEverythingInKafkasOrder() {
    RecordHeaders headers = new RecordHeaders();
    headers.add(new RecordHeader("a", utf8("1"))).add(new RecordHeader("b", null));
    MessageFormatter all =
        formatter(
            "print.timestamp", "true",
            "print.partition", "true",
            "print.offset", "true",
            "print.epoch", "true",
            "print.headers", "true",
            "print.key", "true");
    assertThat(format(all, null, utf8("v"), headers))
        .isEqualTo("CreateTime:1000\tPartition:3\tOffset:7\tEpoch:5\ta:1,b:null\tnull\tv\n");
  }

  @Test
  void separatorsAndTheNullLiteralCanBeChosen() {
    MessageFormatter chosen =
        formatter(
            "print.headers", "true",
            "print.key", "true",
            "key.separator", "|",
            "line.separator", ";",
            "null.literal", "-");
    assertThat(format(chosen, null, utf8("v"), new RecordHeaders())).isEqualTo("NO_HEADERS|-|v;");
  }

  @Test
  void deserializersAreUsed() {
    MessageFormatter numbers =
        formatter("value.deserializer", "org.apache.kafka.common.serialization.LongDeserializer");
    assertThat(format(numbers, null, LONG, new RecordHeaders())).isEqualTo("42\n");
  }

  @Test
  void jsonIsOneObjectPerLine() {
    RecordHeaders headers = new RecordHeaders();
    headers.add(new RecordHeader("a", utf8("1")));
    assertThat(format(new MessageFormatters.JsonMessageFormatter(), null, utf8("v \"q\""), headers))
        .isEqualTo(
            "{\"topic\":\"t\",\"partition\":3,\"offset\":7,\"timestamp\":1000,\"timestampType\":\"CreateTime\","
                + "\"headers\":[{\"key\":\"a\",\"value\":\"1\"}],\"key\":null,\"value\":\"v \\\"q\\\"\"}"
                + System.lineSeparator());
  }
}
