package io.ottla.tools.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PartitionFollowerTest {
  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
  private final AtomicLong now = new AtomicLong();
  private final ByteArrayOutputStream notes = new ByteArrayOutputStream();

  private PartitionFollower follower(StartPosition start) {
    return new PartitionFollower(
        consumer, "t", null, start, now::get, new PrintStream(notes, true, StandardCharsets.UTF_8));
  }

  private void partitions(int count) {
    List<PartitionInfo> infos = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      infos.add(new PartitionInfo("t", i, Node.noNode(), new Node[0], new Node[0]));
    }
    consumer.updatePartitions("t", infos);
    consumer.updateBeginningOffsets(Map.of(P0, 2L, P1, 1L));
    consumer.updateEndOffsets(Map.of(P0, 9L, P1, 5L));
  }

  private void later() {
    now.addAndGet(Duration.ofSeconds(10).toNanos());
  }

  @Test
  void readsNewPartitionsFromTheirFirstRecordEvenWhenItStartedAtTheEnd() {
    partitions(1);
    PartitionFollower follower = follower(StartPosition.END);
    assertThat(follower.update()).isTrue();
    assertThat(consumer.position(P0)).isEqualTo(9);

    partitions(2);
    assertThat(follower.update()).isTrue();
    assertThat(consumer.assignment()).as("not looked again yet").containsExactly(P0);
    later();
    follower.update();
    assertThat(consumer.assignment()).containsExactlyInAnyOrder(P0, P1);
    assertThat(consumer.position(P0)).isEqualTo(9);
    assertThat(consumer.position(P1)).isEqualTo(1);
  }

  @Test
  void startsAtTheBeginningWhenAsked() {
    partitions(2);
    follower(StartPosition.BEGINNING).update();
    assertThat(consumer.position(P0)).isEqualTo(2);
    assertThat(consumer.position(P1)).isEqualTo(1);
  }

  @Test
  void waitsForATopicThatDoesNotExistAndSaysSoOnce() {
    consumer.updatePartitions("t", List.of());
    PartitionFollower follower = follower(StartPosition.END);
    assertThat(follower.update()).isFalse();
    later();
    assertThat(follower.update()).isFalse();
    assertThat(notes.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
    partitions(1);
    later();
    assertThat(follower.update()).isTrue();
    assertThat(consumer.position(P0)).as("from its first record").isEqualTo(2);
  }
}
