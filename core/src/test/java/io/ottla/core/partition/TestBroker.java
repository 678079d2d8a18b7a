package io.ottla.core.partition;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.waiting.ManualDeadlines;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogDirectoryOptions;
import io.ottla.log.batch.BatchBuilder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;

/**
 * Broker 1 with real logs, under images made by hand. Broker n is registered with epoch 10 + n, in
 * rack r-n. Everything runs on the thread of the test.
 */
final class TestBroker implements AutoCloseable {
  static final int SELF = 1;
  static final String TOPIC = "t";

  /** An ISR write that waits for its outcome. */
  record Write(PartitionState next, int expectedVersion, CompletableFuture<StateWrite> outcome) {}

  final ManualDeadlines time = new ManualDeadlines();
  final List<Write> writes = new ArrayList<>();
  final List<String> events = new ArrayList<>();
  final LogDirectory directory;
  final Partitions partitions;
  ClusterImage image = ClusterImage.EMPTY;
  int minIsr = 2;

  /** Of the own registration, as the coordination tells it; -1 while this run has none. */
  long brokerEpoch = 10 + SELF;

  TestBroker(Path path) {
    directory = LogDirectory.open(path, LogDirectoryOptions.defaults());
    partitions =
        new Partitions(
            SELF,
            () -> brokerEpoch,
            (partition, topicId, next, expectedVersion) -> {
              CompletableFuture<StateWrite> outcome = new CompletableFuture<>();
              writes.add(new Write(next, expectedVersion, outcome));
              return outcome;
            },
            List.of(directory),
            new TopicSettings() {
              @Override
              public LogConfig logConfig(Map<String, String> overrides) {
                return LogConfig.of(overrides);
              }

              @Override
              public int minInsyncReplicas(Map<String, String> overrides) {
                return minIsr;
              }
            },
            time,
            Runnable::run,
            1_000_000_000L,
            ReadReplicaSelector.RACK_AWARE,
            new FollowerListener() {
              @Override
              public void follow(Partition partition, int leaderId, int leaderEpoch) {
                events.add("follow " + leaderId + "@" + leaderEpoch);
              }

              @Override
              public void unfollow(Partition partition) {
                events.add("unfollow");
              }
            });
    partitions.addLeadershipListener(
        new LeadershipListener() {
          @Override
          public void becameLeader(Partition partition, int leaderEpoch) {
            events.add("leader@" + leaderEpoch);
          }

          @Override
          public void resigned(Partition partition, int leaderEpoch) {
            events.add("resigned@" + leaderEpoch);
          }
        });
  }

  static PartitionState state(int leader, int epoch, int... isr) {
    return new PartitionState(
        1,
        leader,
        epoch,
        IntStream.of(isr).mapToObj(id -> new IsrMember(id, 10 + id)).toList(),
        List.of(),
        false);
  }

  /** Shows the topic with one partition on brokers 1, 2 and 3. */
  void show(Uuid topicId, PartitionState state, int version) {
    PartitionImage partition =
        new PartitionImage(0, List.of(1, 2, 3), List.of(), List.of(), state, version);
    show(topics(new TopicImage(TOPIC, topicId, List.of(partition), false)));
  }

  ClusterImage topics(TopicImage... topics) {
    ClusterImage.Builder next = image.toBuilder();
    for (int id = 1; id <= 3; id++) {
      next.broker(
          new BrokerRegistration(
              id, 10 + id, List.of(), Optional.of("r-" + id), "i-" + id, false, true));
    }
    for (TopicImage known : image.topics()) {
      next.removeTopic(known.name());
    }
    for (TopicImage topic : topics) {
      next.topic(topic);
    }
    return next.build();
  }

  void show(ClusterImage next) {
    ClusterImage before = image;
    image = next;
    partitions.onImage(before, next, ImageDelta.between(before, next));
  }

  Partition partition() {
    return partitions.get(TOPIC, 0);
  }

  static ByteBuffer batch(int records) {
    BatchBuilder batch = new BatchBuilder();
    for (int i = 0; i < records; i++) {
      batch.add(1_700_000_000_000L + i, null, new byte[] {1, 2, 3});
    }
    return batch.build();
  }

  static ByteBuffer leaderBatch(long baseOffset, int epoch, int records) {
    BatchBuilder batch = new BatchBuilder().baseOffset(baseOffset).leaderEpoch(epoch);
    for (int i = 0; i < records; i++) {
      batch.add(1_700_000_000_000L + i, null, new byte[] {1, 2, 3});
    }
    return batch.build();
  }

  FetchOutcome followerFetch(int broker, long brokerEpoch, long offset, int epoch, int lastEpoch) {
    FetchOutcome outcome =
        partition()
            .fetch(
                new FetchPlan(
                    offset,
                    epoch,
                    lastEpoch,
                    0,
                    1 << 20,
                    true,
                    FetchIsolation.LOG_END,
                    broker,
                    brokerEpoch,
                    "",
                    time.nanoTime()));
    outcome.slice().close();
    return outcome;
  }

  FetchOutcome consumerFetch(long offset, String rack) {
    FetchOutcome outcome =
        partition()
            .fetch(
                new FetchPlan(
                    offset,
                    -1,
                    -1,
                    -1,
                    1 << 20,
                    true,
                    FetchIsolation.HIGH_WATERMARK,
                    -1,
                    -1,
                    rack,
                    time.nanoTime()));
    outcome.slice().close();
    return outcome;
  }

  @Override
  public void close() {
    partitions.close();
    directory.closeUncleanly();
  }
}
