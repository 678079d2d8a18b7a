package io.ottla.tools.e2e;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A program of its own that uses only what Java clients 2.8 to 4.4 have in common, so that {@link
 * ClientsIT} can run it with each of them: creates a topic, produces with every codec and acks,
 * consumes by partition and lists offsets by time. Exits with 1 and says why when anything differs.
 */
final class ClientRoundTrip {

  private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
  private static final List<String> ACKS = List.of("0", "1", "all");
  private static final int RECORDS = 200;
  private static final int PARTITIONS = 3;
  private static final long FIRST_TIMESTAMP = 1_700_000_000_000L;

  private final String bootstrap;
  private final String topic;
  private final short replicas;

  private ClientRoundTrip(String bootstrap, String topic, short replicas) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.replicas = replicas;
  }

  public static void main(String[] arguments) throws Exception {
    new ClientRoundTrip(arguments[0], arguments[1], Short.parseShort(arguments[2])).run();
    // The jar tells which client this really was; its own version class moved between releases.
    System.out.println(Admin.class.getProtectionDomain().getCodeSource().getLocation() + " passed");
  }

  private void run() throws Exception {
    try (Admin admin = Admin.create(properties())) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, replicas))).all().get();
      Map<String, String> expected = new TreeMap<>();
      for (String codec : CODECS) {
        for (String acks : ACKS) {
          produce(codec, acks, expected);
        }
      }
      Map<String, String> read = consume(expected.size());
      check(expected.equals(read), expected.size() + " records sent, " + read.size() + " read");
      offsetsByTime(admin);
    }
  }

  private void produce(String codec, String acks, Map<String, String> expected) throws Exception {
    Properties properties = properties();
    properties.put("acks", acks);
    properties.put("compression.type", codec);
    properties.put("enable.idempotence", acks.equals("all") ? "true" : "false");
    properties.put("linger.ms", "5");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        String key = codec + "-" + acks + "-" + i;
        String value = "value of " + key + " " + "x".repeat(i);
        ProducerRecord<String, String> record =
            new ProducerRecord<>(topic, i % PARTITIONS, FIRST_TIMESTAMP + i, key, value);
        record.headers().add(new RecordHeader("codec", codec.getBytes(StandardCharsets.UTF_8)));
        sent.add(producer.send(record));
        expected.put(key, value);
      }
    }
    for (Future<RecordMetadata> future : sent) {
      boolean told = future.get().hasOffset();
      check(told != acks.equals("0"), "offset told with acks=" + acks + ": " + told);
    }
  }

  private Map<String, String> consume(int count) {
    Map<String, String> read = new TreeMap<>();
    List<TopicPartition> partitions = partitions();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(properties(), new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long limit = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (read.size() < count && System.nanoTime() < limit) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          String codec = record.key().substring(0, record.key().indexOf('-'));
          byte[] header = record.headers().lastHeader("codec").value();
          check(codec.equals(new String(header, StandardCharsets.UTF_8)), "header of " + record);
          check(read.put(record.key(), record.value()) == null, "read twice: " + record.key());
        }
      }
      Map<TopicPartition, Long> times = new HashMap<>();
      partitions.forEach(partition -> times.put(partition, FIRST_TIMESTAMP + 100));
      Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
      for (TopicPartition partition : partitions) {
        OffsetAndTimestamp at = Objects.requireNonNull(found.get(partition), "no offset by time");
        check(at.timestamp() >= FIRST_TIMESTAMP + 100, "timestamp found " + at);
        check(at.offset() > 0, "offset found " + at);
      }
      Map<TopicPartition, Long> late = new HashMap<>();
      partitions.forEach(partition -> late.put(partition, FIRST_TIMESTAMP + 1_000_000));
      consumer.offsetsForTimes(late).values().forEach(at -> check(at == null, "beyond the end"));
    }
    return read;
  }

  private void offsetsByTime(Admin admin) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    long earliest = offset(admin, partition, OffsetSpec.earliest());
    long latest = offset(admin, partition, OffsetSpec.latest());
    long byTime = offset(admin, partition, OffsetSpec.forTimestamp(FIRST_TIMESTAMP));
    check(earliest == 0, "earliest is " + earliest);
    check(byTime == 0, "first by time is " + byTime);
    check(latest == (RECORDS / PARTITIONS + 1L) * CODECS.size() * ACKS.size(), "latest " + latest);
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec)
      throws Exception {
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }

  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new TopicPartition(topic, i));
    }
    return partitions;
  }

  private Properties properties() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    return properties;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      System.out.println("FAILED: " + what);
      System.exit(1);
    }
  }
}
