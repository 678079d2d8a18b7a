package io.ottla.tools.console;

import io.ottla.tools.cli.ClientTool;
import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Sends each line of standard input as a record; ends at the end of the input, with 1 if a line was
 * not delivered.
 */
@Command(
    name = "kafka-console-producer.sh",
    description = "Sends the lines of standard input to a topic.")
public final class ConsoleProducer extends ClientTool {
  private static final int SHOWN_ERRORS = 5;

  @Option(names = "--topic", required = true, description = "The topic.")
  private String topic;

  @Option(
      names = {"--producer.config", "--producer-config"},
      paramLabel = "<file>",
      description = "A file of producer settings.")
  private Path producerConfig;

  @Option(
      names = "--producer-property",
      paramLabel = "<key=value>",
      description = "A producer setting; goes before --producer.config.")
  private List<String> producerProperties = List.of();

  @Option(
      names = {"--property", "--reader-property"},
      paramLabel = "<key=value>",
      description = {
        "How a line is read:",
        "parse.key=false, key.separator=<tab>, parse.headers=false, headers.delimiter=<tab>,",
        "headers.separator=<comma>, headers.key.separator=<colon>, ignore.error=false, null.marker=<none>"
      })
  private List<String> readerProperties = List.of();

  @Option(
      names = "--reader-config",
      paramLabel = "<file>",
      description = "A file of the properties of --property.")
  private Path readerConfig;

  @Option(names = "--sync", description = "Waits for each record before the next line is read.")
  private boolean sync;

  @Option(
      names = "--compression-codec",
      arity = "0..1",
      fallbackValue = "gzip",
      paramLabel = "<codec>",
      description = "none, gzip, snappy, lz4 or zstd; without a value gzip.")
  private String compression;

  @Option(
      names = "--request-required-acks",
      paramLabel = "<acks>",
      description = "all or -1 (the default), 1 or 0.")
  private String acks;

  @Option(names = "--batch-size", description = "Bytes of a batch; default 16384.")
  private Long batchSize;

  @Option(
      names = "--max-partition-memory-bytes",
      description = "The same; the larger of both is taken.")
  private Long partitionMemory;

  @Option(
      names = "--timeout",
      paramLabel = "<ms>",
      description =
          "How long a line may wait for others before it is sent. Default: 0 on a terminal, else the client's"
              + " linger.ms.")
  private Long linger;

  @Option(
      names = "--message-send-max-retries",
      description = "How often a line is tried again; default: until it is delivered or times out.")
  private Integer retries;

  @Option(names = "--retry-backoff-ms", description = "Wait before a retry; default 100.")
  private Long retryBackoff;

  @Option(names = "--request-timeout-ms", description = "Default 30000.")
  private Integer requestTimeout;

  @Option(names = "--metadata-expiry-ms", description = "Default 300000.")
  private Long metadataExpiry;

  @Option(names = "--max-block-ms", description = "Default 60000.")
  private Long maxBlock;

  @Option(names = "--max-memory-bytes", description = "Memory for unsent lines; default 33554432.")
  private Long memory;

  @Option(names = "--socket-buffer-size", description = "Default: the client's send.buffer.bytes.")
  private Integer socketBuffer;

  @Option(names = "--broker-list", description = "The old name of --bootstrap-server.")
  void brokerList(String servers) {
    useBootstrapServer(servers);
  }

  private final AtomicLong failed = new AtomicLong();

  @Override
  protected int run() throws Exception {
    Map<String, String> properties = new LinkedHashMap<>();
    if (readerConfig != null) {
      properties.putAll(load(readerConfig));
    }
    properties.putAll(pairs("--property", readerProperties));
    LineReader reader = new LineReader(topic, properties);
    Topic.validate(topic);
    Map<String, Object> settings = settings();
    awaitBroker();
    long lines;
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      lines = send(producer, reader);
    }
    if (failed.get() > 0) {
      throw new ToolException(failed.get() + " of " + lines + " records were not delivered");
    }
    return 0;
  }

  private long send(Producer<byte[], byte[]> producer, LineReader reader)
      throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(streams().in(), StandardCharsets.UTF_8));
    long lines = 0;
    while (true) {
      if (streams().interactive()) {
        streams().out().print(">");
        streams().out().flush();
      }
      String line = in.readLine();
      if (line == null) {
        return lines;
      }
      lines++;
      send(producer, reader.read(line));
    }
  }

  private void send(Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> message)
      throws InterruptedException {
    var future = producer.send(message, (metadata, error) -> report(error));
    if (sync) {
      try {
        future.get();
      } catch (ExecutionException e) {
        // The callback has reported and counted it; the next line may still be delivered.
        return;
      }
    }
  }

  private void report(Exception error) {
    if (error == null) {
      return;
    }
    long count = failed.incrementAndGet();
    if (count <= SHOWN_ERRORS) {
      streams().err().println("Not delivered to " + topic + ": " + Errors.line(error));
    } else if (count == SHOWN_ERRORS + 1) {
      streams().err().println("Further errors are only counted.");
    }
  }

  /** The producer's settings: options that were typed win over files and properties. */
  Map<String, Object> settings() throws IOException {
    Map<String, Object> settings = clientSettings(producerConfig, producerProperties);
    settings.putIfAbsent(ProducerConfig.CLIENT_ID_CONFIG, "console-producer");
    put(settings, ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
    put(settings, ProducerConfig.ACKS_CONFIG, acks);
    put(settings, ProducerConfig.LINGER_MS_CONFIG, linger);
    if (linger == null && streams().interactive()) {
      settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 0);
    }
    Long batch = batchSize;
    if (partitionMemory != null) {
      batch = batch == null ? partitionMemory : Long.valueOf(Math.max(batch, partitionMemory));
    }
    put(settings, ProducerConfig.BATCH_SIZE_CONFIG, batch);
    put(settings, ProducerConfig.RETRIES_CONFIG, retries);
    put(settings, ProducerConfig.RETRY_BACKOFF_MS_CONFIG, retryBackoff);
    put(settings, ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, requestTimeout);
    put(settings, ProducerConfig.METADATA_MAX_AGE_CONFIG, metadataExpiry);
    put(settings, ProducerConfig.MAX_BLOCK_MS_CONFIG, maxBlock);
    put(settings, ProducerConfig.BUFFER_MEMORY_CONFIG, memory);
    put(settings, ProducerConfig.SEND_BUFFER_CONFIG, socketBuffer);
    return settings;
  }

  private static void put(Map<String, Object> settings, String key, Object value) {
    if (value != null) {
      settings.put(key, String.valueOf(value));
    }
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new ConsoleProducer(), args);
  }
}
