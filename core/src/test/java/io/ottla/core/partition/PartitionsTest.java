package io.ottla.core.partition;

import static io.ottla.core.partition.TestBroker.batch;
import static io.ottla.core.partition.TestBroker.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogDirectoryOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionsTest {
  @TempDir private Path directory;
  private TestBroker broker;

  private TestBroker start() {
    broker = new TestBroker(directory);
    return broker;
  }

  @AfterEach
  void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void saysWhyThereIsNoReplica() {
    start();
    PartitionImage elsewhere =
        new PartitionImage(0, List.of(2, 3), List.of(), List.of(), state(2, 0, 2, 3), 0);
    broker.show(broker.topics(new TopicImage("u", Uuid.randomUuid(), List.of(elsewhere), false)));
    assertThatThrownBy(() -> broker.partitions.require("nope", 0))
        .isInstanceOf(UnknownTopicOrPartitionException.class);
    assertThatThrownBy(() -> broker.partitions.require("u", 1))
        .isInstanceOf(UnknownTopicOrPartitionException.class);
    assertThatThrownBy(() -> broker.partitions.require("u", 0))
        .isInstanceOf(NotLeaderOrFollowerException.class);
    assertThat(broker.partitions.all()).isEmpty();
  }

  @Test
  void aTopicCreatedAnewNeverShowsOldData() throws BatchRejectedException {
    start();
    broker.minIsr = 1;
    broker.show(Uuid.randomUuid(), state(1, 0, 1), 0);
    Partition old = broker.partition();
    old.append(batch(5), (short) 1, 0);
    broker.partitions.checkpointHighWatermarks();
    Uuid second = Uuid.randomUuid();
    broker.show(second, state(1, 0, 1), 0);
    Partition now = broker.partition();
    assertThat(now).isNotSameAs(old);
    assertThat(now.topicId()).isEqualTo(second);
    assertThat(now.logEndOffset()).isZero();
    assertThat(now.highWatermark()).isZero();
    assertThatThrownBy(() -> old.append(batch(1), (short) 1, 0))
        .isInstanceOf(NotLeaderOrFollowerException.class);
    broker.show(broker.topics());
    assertThat(broker.partition()).isNull();
    assertThat(broker.directory.logNames()).isEmpty();
  }

  @Test
  void theHighWatermarkOfADeletedTopicIsNotTakenForANewOneAfterACrash()
      throws BatchRejectedException {
    start();
    broker.minIsr = 1;
    broker.show(Uuid.randomUuid(), state(1, 0, 1), 0);
    broker.partition().append(batch(9), (short) 1, 0);
    broker.partitions.checkpointHighWatermarks();
    Uuid second = Uuid.randomUuid();
    broker.minIsr = 2;
    broker.show(second, state(1, 0, 1, 2), 0);
    broker.partition().append(batch(4), (short) 1, 0);
    broker.directory.closeUncleanly();
    start();
    broker.show(second, state(2, 1, 2), 1);
    assertThat(broker.partition().logEndOffset()).isEqualTo(4);
    assertThat(broker.partition().highWatermark()).isZero();
  }

  @Test
  void keepsLogAndHighWatermarkOverARestart() throws BatchRejectedException {
    Uuid id = Uuid.randomUuid();
    start();
    broker.minIsr = 1;
    broker.show(id, state(1, 0, 1), 0);
    broker.partition().append(batch(5), (short) 1, 0);
    broker.close();
    start();
    broker.show(id, state(2, 1, 1, 2), 1);
    assertThat(broker.partition().logEndOffset()).isEqualTo(5);
    assertThat(broker.partition().highWatermark()).isEqualTo(5);
  }

  @Test
  void deletesWhatIsLeftOfDeletedTopicsAtTheStartAndKeepsWhatHasNoId() throws IOException {
    try (LogDirectory before = LogDirectory.open(directory, LogDirectoryOptions.defaults())) {
      before
          .openOrCreate("gone-0", LogConfig.defaults())
          .assignTopicId(Uuid.randomUuid().toString());
      before.openOrCreate("t-0", LogConfig.defaults()).assignTopicId(Uuid.randomUuid().toString());
      before.openOrCreate("unknown-0", LogConfig.defaults());
    }
    start();
    Uuid id = Uuid.randomUuid();
    broker.show(id, state(2, 0, 1, 2), 0);
    assertThat(broker.directory.logNames()).containsExactly("t-0", "unknown-0");
    assertThat(broker.partition().log().topicId()).contains(id.toString());
  }

  @Test
  void aFailedPartitionLeavesTheOthersUp() throws BatchRejectedException {
    start();
    broker.minIsr = 1;
    List<PartitionImage> partitions = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      partitions.add(new PartitionImage(i, List.of(1), List.of(), List.of(), state(1, 0, 1), 0));
    }
    broker.show(broker.topics(new TopicImage("t", Uuid.randomUuid(), partitions, false)));
    Partition first = broker.partitions.get("t", 0);
    List<String> answers = new ArrayList<>();
    first.awaitReplicated(5, 0, Long.MAX_VALUE, e -> answers.add(e.getClass().getSimpleName()));
    first.state().fail(new InvariantViolation("meant to fail"));
    assertThat(answers).containsExactly("KafkaStorageException");
    assertThatThrownBy(() -> first.append(batch(1), (short) 1, 0))
        .isInstanceOf(KafkaStorageException.class);
    assertThatThrownBy(() -> broker.partitions.require("t", 0))
        .isInstanceOf(KafkaStorageException.class);
    assertThat(broker.partitions.counters().failedPartitions()).isEqualTo(1);
    assertThat(broker.events).contains("resigned@0");
    assertThat(broker.partitions.require("t", 1).append(batch(1), (short) 1, 0).requiredOffset())
        .isEqualTo(1);
  }

  @Test
  void aLossIsKnownOnceNothingNamesAnEarlierLifeOfThisBroker() {
    start();
    Uuid id = Uuid.randomUuid();
    assertThat(broker.partitions.lossIsKnown()).as("not registered").isFalse();
    IsrMember earlier = new IsrMember(1, 4);
    IsrMember other = new IsrMember(2, 12);
    broker.show(id, new PartitionState(1, -1, 0, List.of(earlier, other), List.of(), false), 0);
    assertThat(broker.partitions.lossIsKnown()).isFalse();
    broker.show(id, new PartitionState(1, 2, 1, List.of(other), List.of(earlier), false), 1);
    assertThat(broker.partitions.lossIsKnown()).isFalse();
    broker.show(id, state(2, 1, 2, 1), 2);
    assertThat(broker.partitions.lossIsKnown()).isTrue();
  }

  @Test
  void appliesChangedSettings() {
    start();
    Uuid id = Uuid.randomUuid();
    broker.show(id, state(1, 0, 1, 2), 0);
    assertThat(broker.partition().minInsyncReplicas()).isEqualTo(2);
    broker.minIsr = 7;
    broker.show(
        broker.image.toBuilder()
            .topicConfig("t", java.util.Map.of("retention.ms", "5000"))
            .build());
    assertThat(broker.partition().minInsyncReplicas())
        .as("never more than there are replicas")
        .isEqualTo(3);
    assertThat(broker.partition().log().config().retentionMs()).isEqualTo(5000);
  }

  @Test
  void aThousandLeadershipsTakeWellBelowASecondEach() throws IOException {
    start();
    Uuid id = Uuid.randomUuid();
    int count = 1000;
    broker.show(broker.topics(topic(id, count, 2, 0)));
    long begin = System.nanoTime();
    broker.show(broker.topics(topic(id, count, 1, 1)));
    long millis = (System.nanoTime() - begin) / 1_000_000;
    assertThat(broker.partitions.all()).hasSize(count).allMatch(Partition::isLeader);
    System.out.println("became leader of " + count + " partitions in " + millis + " ms");
    assertThat(millis).isLessThan(5_000);
    assertThat(Files.isDirectory(directory.resolve("t-999"))).isTrue();
  }

  private static TopicImage topic(Uuid id, int count, int leader, int epoch) {
    List<PartitionImage> partitions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      partitions.add(
          new PartitionImage(
              i, List.of(1, 2, 3), List.of(), List.of(), state(leader, epoch, 1, 2, 3), epoch));
    }
    return new TopicImage("t", id, partitions, false);
  }
}
