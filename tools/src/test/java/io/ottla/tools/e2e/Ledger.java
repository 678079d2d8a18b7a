package io.ottla.tools.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * An idempotent producer with acks=all that writes numbered records to every partition and
 * remembers which were acknowledged at which offset; afterwards it reads everything back and checks
 * that nothing acknowledged is missing, nothing is there twice, and the order is kept.
 */
final class Ledger implements AutoCloseable {

  private static final long PAUSE_NANOS = Duration.ofMillis(1).toNanos();

  private final String bootstrap;
  private final String topic;
  private final int partitions;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<ConcurrentSkipListMap<Long, Long>> acknowledged;
  private final AtomicReference<Exception> firstFailure = new AtomicReference<>();
  private final AtomicLong longestGapNanos = new AtomicLong();
  private final AtomicLong[] lastAckNanos;
  private final Thread writer;
  private volatile boolean stopped;

  Ledger(String bootstrap, String topic, int partitions) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.partitions = partitions;
    this.acknowledged =
        IntStream.range(0, partitions)
            .mapToObj(i -> new ConcurrentSkipListMap<Long, Long>())
            .toList();
    this.lastAckNanos =
        IntStream.range(0, partitions).mapToObj(i -> new AtomicLong()).toArray(AtomicLong[]::new);
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                ProducerConfig.ACKS_CONFIG, "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
                ProducerConfig.LINGER_MS_CONFIG, 5,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 180_000,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000,
                ProducerConfig.MAX_BLOCK_MS_CONFIG, 120_000),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.writer = new Thread(this::write, "ledger-writer");
  }

  void start() {
    writer.start();
  }

  private void write() {
    for (long sequence = 0; !stopped; sequence++) {
      for (int partition = 0; partition < partitions && !stopped; partition++) {
        send(partition, sequence);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private void send(int partition, long sequence) {
    byte[] value = (topic + "/" + partition + "/" + sequence).getBytes(StandardCharsets.UTF_8);
    Future<RecordMetadata> unused =
        producer.send(
            new ProducerRecord<>(topic, partition, null, value),
            (metadata, failure) -> {
              if (failure != null) {
                firstFailure.compareAndSet(null, failure);
                return;
              }
              long now = System.nanoTime();
              long before = lastAckNanos[partition].getAndSet(now);
              if (before != 0) {
                longestGapNanos.accumulateAndGet(now - before, Math::max);
              }
              acknowledged.get(partition).put(sequence, metadata.offset());
            });
  }

  /** Acknowledged records so far, of the partition that has fewest. */
  long progress() {
    return acknowledged.stream().mapToLong(map -> map.size()).min().orElseThrow();
  }

  long total() {
    return acknowledged.stream().mapToLong(map -> map.size()).sum();
  }

  Duration takeLongestGap() {
    return Duration.ofNanos(longestGapNanos.getAndSet(0));
  }

  Exception firstFailure() {
    return firstFailure.get();
  }

  void finish() throws InterruptedException {
    stopped = true;
    writer.join();
    producer.close(Duration.ofMinutes(3));
  }

  @Override
  public void close() {
    stopped = true;
    producer.close(Duration.ZERO);
  }

  void verify() {
    for (int partition = 0; partition < partitions; partition++) {
      List<ConsumerRecord<byte[], byte[]>> stored = readAll(new TopicPartition(topic, partition));
      Map<Long, Long> acked = acknowledged.get(partition);
      long lastSequence = -1;
      long lastOffset = -1;
      int found = 0;
      for (ConsumerRecord<byte[], byte[]> record : stored) {
        String text = new String(record.value(), StandardCharsets.UTF_8);
        String place = topic + "/" + partition + "/";
        assertThat(text).as("topic and partition in the record").startsWith(place);
        long sequence = Long.parseLong(text.substring(place.length()));
        assertThat(record.offset()).as("offsets rise").isGreaterThan(lastOffset);
        assertThat(sequence)
            .as("order kept and nothing twice in %s-%s at offset %s", topic, partition, lastOffset)
            .isGreaterThan(lastSequence);
        Long ackedAt = acked.get(sequence);
        if (ackedAt != null) {
          found++;
          assertThat(record.offset()).as("offset told for %s", sequence).isEqualTo(ackedAt);
        }
        lastSequence = sequence;
        lastOffset = record.offset();
      }
      assertThat(found)
          .as("acknowledged records found in %s-%s (stored %s)", topic, partition, stored.size())
          .isEqualTo(acked.size());
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> readAll(TopicPartition partition) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      long limit = System.nanoTime() + Duration.ofMinutes(3).toNanos();
      while (consumer.position(partition) < end) {
        assertThat(System.nanoTime()).as("read %s in time", partition).isLessThan(limit);
        consumer.poll(Duration.ofMillis(500)).forEach(records::add);
      }
      return records;
    }
  }
}
