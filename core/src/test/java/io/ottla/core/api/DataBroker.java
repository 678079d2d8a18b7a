package io.ottla.core.api;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.core.partition.FetchIsolation;
import io.ottla.core.partition.FetchOutcome;
import io.ottla.core.partition.FetchPlan;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.ReadReplicaSelector;
import io.ottla.core.waiting.ManualDeadlines;
import io.ottla.log.batch.BatchBuilder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/**
 * Broker 0 of two, for tests of the handlers that touch data: it leads {@code solo} (two partitions
 * without other replicas) and {@code pair} (also on broker 1, min.insync.replicas=2); broker 1
 * leads {@code away}. Time is the test's; everything is on its thread.
 */
public final class DataBroker implements AutoCloseable {
  /** Record time of the first record of every batch. */
  public static final long TIME = 1_700_000_000_000L;

  /** The leader epoch that {@link FakeCoordination#state} gives. */
  public static final int EPOCH = 5;

  public final ManualDeadlines time = new ManualDeadlines();
  public final FakeCoordination cluster = new FakeCoordination(2);
  public final HostedReplicas hosted;
  public final LeaderEndpoints endpoints =
      new LeaderEndpoints(cluster::image, new ClientEndpoints(0, Set.of()));

  public DataBroker(Path directory) {
    cluster.addTopic("solo", List.of(0), 2);
    cluster.addTopic("pair", List.of(0, 1), 1);
    cluster.addTopic("away", List.of(1), 1);
    cluster.change(image -> image.topicConfig("pair", Map.of("min.insync.replicas", "2")));
    hosted = new HostedReplicas(cluster, time, ReadReplicaSelector.RACK_AWARE, directory);
  }

  /** A further topic on this broker alone. */
  public void addTopic(String name, Map<String, String> config) {
    cluster.addTopic(name, List.of(0), 1);
    cluster.change(image -> image.topicConfig(name, config));
    hosted.show();
  }

  /** Writes a partition's state as the controller would. */
  public void state(String topic, int leader, int epoch, int... isr) {
    cluster.setState(
        topic,
        0,
        new PartitionState(
            1,
            leader,
            epoch,
            IntStream.of(isr).mapToObj(id -> new IsrMember(id, 100 + id)).toList(),
            List.of(),
            false));
    hosted.show();
  }

  public Partition partition(String topic) {
    return hosted.partitions().get(topic, 0);
  }

  public Uuid id(String topic) {
    return cluster.image().topic(topic).id();
  }

  /** One batch of such values. */
  public static ByteBuffer batch(String... values) {
    BatchBuilder batch = new BatchBuilder();
    for (int i = 0; i < values.length; i++) {
      batch.add(TIME + i, null, values[i].getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return batch.build();
  }

  /** Appends a batch with acks=1. */
  public void append(String topic, String... values) throws Exception {
    partition(topic).append(batch(values), (short) 1, TIME);
  }

  /** Broker 1 fetches {@code pair} from an offset, which acknowledges what lies before it. */
  public void followerFetches(long offset) {
    FetchOutcome outcome =
        partition("pair")
            .fetch(
                new FetchPlan(
                    offset,
                    partition("pair").leaderEpoch(),
                    -1,
                    0,
                    1 << 20,
                    true,
                    FetchIsolation.LOG_END,
                    1,
                    101,
                    "",
                    time.nanoTime()));
    outcome.slice().close();
  }

  /** All versions that a handler declares. */
  public static Stream<Integer> versions(ApiHandler<?> handler) {
    return IntStream.rangeClosed(handler.minVersion(), handler.maxVersion()).boxed();
  }

  @Override
  public void close() {
    hosted.close();
  }
}
