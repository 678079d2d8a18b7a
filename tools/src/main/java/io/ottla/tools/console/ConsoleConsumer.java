package io.ottla.tools.console;

import io.ottla.tools.cli.ClientTool;
import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.OutputFormat;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import io.ottla.tools.cli.TopicFilter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Prints the records of a topic. Without {@code --group} it reads every partition by itself and
 * needs no group coordinator. One thread polls and prints; a shutdown hook wakes it up and waits
 * until it has closed the consumer.
 */
@Command(name = "kafka-console-consumer.sh", description = "Prints the records of a topic.")
public final class ConsoleConsumer extends ClientTool {
  private static final Duration POLL = Duration.ofMillis(250);
  private static final int CLOSE_SECONDS = 10;

  @Option(names = "--topic", description = "The topic.")
  private String topic;

  @Option(
      names = {"--include", "--whitelist"},
      paramLabel = "<regex>",
      description = "The topics, a regular expression.")
  private String include;

  @Option(names = "--partition", description = "Only this partition of the topic.")
  private Integer partition;

  @Option(
      names = "--offset",
      paramLabel = "<offset>",
      description = "Where to start in --partition: earliest, latest (the default) or a number.")
  private String offset;

  @Option(names = "--from-beginning", description = "Starts with the first record, not the next.")
  private boolean fromBeginning;

  @Option(names = "--group", description = "Reads as a member of this consumer group.")
  private String group;

  @Option(names = "--max-messages", description = "Ends after this many records.")
  private Long maxMessages;

  @Option(
      names = "--timeout-ms",
      description = "Ends when no record came for this long; default: never.")
  private Long timeoutMs;

  @Option(
      names = "--skip-message-on-error",
      description = "A record that cannot be printed is skipped instead of ending the tool.")
  private boolean skipOnError;

  @Option(
      names = {"--consumer.config", "--consumer-config"},
      paramLabel = "<file>",
      description = "A file of consumer settings.")
  private Path consumerConfig;

  @Option(
      names = "--consumer-property",
      paramLabel = "<key=value>",
      description = "A consumer setting; goes before --consumer.config.")
  private List<String> consumerProperties = List.of();

  @Option(
      names = "--formatter",
      paramLabel = "<class>",
      defaultValue = "DefaultMessageFormatter",
      description =
          "DefaultMessageFormatter, LoggingMessageFormatter, NoOpMessageFormatter, or a class that implements"
              + " org.apache.kafka.common.MessageFormatter.")
  private String formatter;

  @Option(
      names = {"--property", "--formatter-property"},
      paramLabel = "<key=value>",
      description = {
        "What is printed of a record:",
        "print.timestamp, print.partition, print.offset, print.epoch, print.headers, print.key (all false),",
        "print.value=true, key.separator=<tab>, line.separator=<newline>, headers.separator=<comma>,",
        "null.literal=null, key.deserializer, value.deserializer, headers.deserializer"
      })
  private List<String> formatterProperties = List.of();

  @Option(
      names = "--formatter-config",
      paramLabel = "<file>",
      description = "A file of the properties of --property.")
  private Path formatterConfig;

  @Option(names = "--key-deserializer", paramLabel = "<class>", description = "How to read keys.")
  private String keyDeserializer;

  @Option(
      names = "--value-deserializer",
      paramLabel = "<class>",
      description = "How to read values.")
  private String valueDeserializer;

  @Option(
      names = "--isolation-level",
      paramLabel = "<level>",
      description =
          "read_committed hides records of open and aborted transactions; default read_uncommitted.")
  private String isolationLevel;

  @Option(
      names = "--enable-systest-events",
      description = "Also reports, on standard output, when the consumer ends.")
  private boolean systestEvents;

  @Option(
      names = "--output",
      paramLabel = "<text|json>",
      defaultValue = "text",
      description = "json: one object per record and line.")
  private OutputFormat output;

  private final AtomicBoolean stopping = new AtomicBoolean();

  private void validate() {
    long ways = Stream.of(topic != null, include != null).filter(w -> w).count();
    if (ways != 1) {
      throw new ToolException("Exactly one of --topic and --include is needed");
    }
    if (partition != null && topic == null) {
      throw new ToolException("--partition needs --topic");
    }
    if (partition != null && partition < 0) {
      throw new ToolException("--partition must not be negative");
    }
    if (partition != null && group != null) {
      throw new ToolException("--group and --partition cannot be specified together");
    }
    if (offset != null && partition == null) {
      throw new ToolException("--offset needs --partition");
    }
    if (offset != null && fromBeginning) {
      throw new ToolException("--from-beginning and --offset cannot be specified together");
    }
  }

  @Override
  protected int run() throws Exception {
    validate();
    StartPosition start = start();
    MessageFormatter printer = printer();
    Map<String, Object> settings = settings();
    awaitBroker();
    CountDownLatch closed = new CountDownLatch(1);
    long[] count = new long[1];
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(streams().out(), 1 << 16), false, StandardCharsets.UTF_8);
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Thread hook = new Thread(() -> stop(consumer, closed), "stop");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        consume(consumer, start, printer, out, count);
      } catch (WakeupException e) {
        if (!stopping.get()) {
          throw e;
        }
      } finally {
        out.flush();
        if (!stopping.get()) {
          Runtime.getRuntime().removeShutdownHook(hook);
        }
      }
    } finally {
      printer.close();
      streams().err().println("Processed a total of " + count[0] + " messages");
      if (systestEvents) {
        streams().out().println("shutdown_complete");
      }
      closed.countDown();
    }
    return 0;
  }

  /**
   * Runs in the shutdown hook: the process ends when the consumer is closed, or after a while
   * without.
   */
  private void stop(Consumer<byte[], byte[]> consumer, CountDownLatch closed) {
    stopping.set(true);
    consumer.wakeup();
    try {
      if (!closed.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        streams().err().println("The consumer did not close within " + CLOSE_SECONDS + " s.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void consume(
      Consumer<byte[], byte[]> consumer,
      StartPosition start,
      MessageFormatter printer,
      PrintStream out,
      long[] count) {
    PartitionFollower follower = null;
    if (group != null) {
      TopicFilter filter = TopicFilter.of(include, false);
      if (topic != null) {
        consumer.subscribe(List.of(topic));
      } else {
        consumer.subscribe(filter.pattern());
      }
    } else if (partition != null) {
      List<TopicPartition> one = List.of(new TopicPartition(topic, partition));
      consumer.assign(one);
      start.seek(consumer, one);
    } else {
      follower =
          new PartitionFollower(
              consumer,
              topic,
              TopicFilter.of(include, true),
              start,
              System::nanoTime,
              streams().err());
    }
    long lastRecord = System.nanoTime();
    while (maxMessages == null || count[0] < maxMessages) {
      for (ConsumerRecord<byte[], byte[]> message : poll(consumer, follower)) {
        if (maxMessages != null && count[0] >= maxMessages) {
          break;
        }
        print(message, printer, out);
        count[0]++;
        lastRecord = System.nanoTime();
      }
      out.flush();
      if (streams().out().checkError()) {
        return; // the reader of our output has gone, as with | head
      }
      if (timeoutMs != null
          && System.nanoTime() - lastRecord >= TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
        return;
      }
    }
  }

  private Iterable<ConsumerRecord<byte[], byte[]>> poll(
      Consumer<byte[], byte[]> consumer, PartitionFollower follower) {
    if (follower == null || follower.update()) {
      return consumer.poll(POLL);
    }
    LockSupport.parkNanos(POLL.toNanos()); // a consumer without partitions refuses to poll
    if (stopping.get()) {
      throw new WakeupException();
    }
    return List.of();
  }

  private void print(
      ConsumerRecord<byte[], byte[]> message, MessageFormatter printer, PrintStream out) {
    try {
      printer.writeTo(message, out);
    } catch (RuntimeException e) {
      String where = message.topic() + "-" + message.partition() + " at offset " + message.offset();
      if (!skipOnError) {
        throw new ToolException("Cannot print the record of " + where + ": " + Errors.line(e), e);
      }
      streams().err().println("Skipped the record of " + where + ": " + Errors.line(e));
    }
  }

  private StartPosition start() {
    if (offset != null) {
      return StartPosition.parse(offset);
    }
    return fromBeginning ? StartPosition.BEGINNING : StartPosition.END;
  }

  private MessageFormatter printer() throws IOException {
    if (output == OutputFormat.JSON) {
      return new MessageFormatters.JsonMessageFormatter();
    }
    Map<String, String> properties = new LinkedHashMap<>();
    if (formatterConfig != null) {
      properties.putAll(load(formatterConfig));
    }
    properties.putAll(pairs("--property", formatterProperties));
    if (keyDeserializer != null) {
      properties.put("key.deserializer", keyDeserializer);
    }
    if (valueDeserializer != null) {
      properties.put("value.deserializer", valueDeserializer);
    }
    return MessageFormatters.create(formatter, properties);
  }

  private Map<String, Object> settings() throws IOException {
    Map<String, Object> settings = clientSettings(consumerConfig, consumerProperties);
    settings.putIfAbsent(ConsumerConfig.CLIENT_ID_CONFIG, "console-consumer");
    // New partitions show up within seconds, as someone who watches a terminal expects.
    settings.putIfAbsent(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 5000);
    if (isolationLevel != null) {
      settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolationLevel);
    }
    if (group == null
        && settings.get(ConsumerConfig.GROUP_ID_CONFIG) instanceof String configured) {
      group = configured;
    }
    if (group != null && partition == null) {
      settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
      settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, fromBeginning ? "earliest" : "latest");
    } else {
      settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
      settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
      settings.putIfAbsent(
          ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, fromBeginning ? "earliest" : "latest");
    }
    return settings;
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new ConsoleConsumer(), args);
  }
}
