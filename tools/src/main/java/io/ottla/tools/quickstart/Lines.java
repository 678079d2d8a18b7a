package io.ottla.tools.quickstart;

import io.ottla.tools.cli.ToolException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Numbered lines: written round the partitions of a topic, read back and checked. Single-threaded.
 */
final class Lines implements AutoCloseable {
  private final String bootstrap;
  private final String topic;
  private final int partitions;
  private final KafkaProducer<String, String> producer;
  private int written;

  Lines(String bootstrap, String topic, int partitions) {
    this.bootstrap = bootstrap;
    this.topic = topic;
    this.partitions = partitions;
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "acks", "all"),
            new StringSerializer(),
            new StringSerializer());
  }

  int written() {
    return written;
  }

  /** Writes lines and waits until every in-sync replica has them. */
  void write(int count) throws InterruptedException {
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(producer.send(next(written % partitions)));
    }
    for (Future<RecordMetadata> answer : answers) {
      await(answer);
    }
  }

  /** Writes one line to a partition and waits for it. */
  void writeTo(int partition) throws InterruptedException {
    await(producer.send(next(partition)));
  }

  private ProducerRecord<String, String> next(int partition) {
    ProducerRecord<String, String> line =
        new ProducerRecord<>(topic, partition, null, "line " + written);
    written++;
    return line;
  }

  private static void await(Future<RecordMetadata> answer) throws InterruptedException {
    try {
      answer.get();
    } catch (ExecutionException e) {
      throw new ToolException("A line was not stored: " + e.getCause().getMessage(), e);
    }
  }

  /** Reads every line; fails unless each is there once, and in order within its partition. */
  void readAll(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    Map<String, Integer> seen = new HashMap<>();
    Map<Integer, Integer> last = new HashMap<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", false),
            new StringDeserializer(),
            new StringDeserializer())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition++) {
        all.add(new TopicPartition(topic, partition));
      }
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (!all.stream().allMatch(p -> consumer.position(p) >= ends.get(p))) {
        if (System.nanoTime() - deadline >= 0) {
          throw new ToolException(
              "Only "
                  + seen.size()
                  + " of "
                  + written
                  + " lines came back in "
                  + limit.toSeconds()
                  + " s");
        }
        for (ConsumerRecord<String, String> line : consumer.poll(Duration.ofMillis(100))) {
          check(line, seen, last);
        }
      }
    }
    if (seen.size() != written) {
      throw new ToolException(seen.size() + " lines came back, " + written + " were written");
    }
  }

  private static void check(
      ConsumerRecord<String, String> line, Map<String, Integer> seen, Map<Integer, Integer> last) {
    if (seen.merge(line.value(), 1, Integer::sum) > 1) {
      throw new ToolException("'" + line.value() + "' came back twice");
    }
    int number = Integer.parseInt(line.value().substring("line ".length()));
    Integer before = last.put(line.partition(), number);
    if (before != null && before > number) {
      throw new ToolException(
          "'" + line.value() + "' came after line " + before + " in partition " + line.partition());
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
