package io.ottla.coordination.zookeeper;

import static io.ottla.coordination.Fixtures.topic;
import static io.ottla.coordination.zookeeper.TestCluster.TIMEOUT;
import static io.ottla.coordination.zookeeper.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ZooKeeper goes away and comes back; nobody restarts anything. */
class ZooKeeperOutageTest {
  private static final int SESSION_TIMEOUT_MS = 2000;

  private TestingServer server;
  private TestCluster cluster;

  @BeforeEach
  void start() throws Exception {
    // A tick short enough for the server to grant the session timeout.
    server = new TestingServer(new InstanceSpec(null, -1, -1, -1, false, -1, 200, -1), true);
    cluster = new TestCluster(server.getConnectString(), "outage", SESSION_TIMEOUT_MS);
    cluster.startAll(3);
  }

  @AfterEach
  void stop() throws Exception {
    server.restart();
    cluster.close();
    server.close();
  }

  @Test
  void theImageStaysAndEverythingGoesOnAfterwards() throws Exception {
    TopicImage created =
        cluster
            .broker(0)
            .admin()
            .createTopic(topic("t", 20, 3), false, TIMEOUT)
            .orTimeout(15, TimeUnit.SECONDS)
            .join();
    await(() -> created.equals(cluster.broker(1).image().topic("t")));
    PartitionImage partition = created.partitions().get(0);
    PartitionState shrunk = partition.state().withIsr(partition.state().isr().subList(0, 1), 1);
    assertThat(cluster.broker(1).sessionAlive()).isTrue();

    server.stop();
    await(() -> !cluster.broker(1).sessionAlive() && !cluster.broker(0).sessionAlive());
    ClusterImage during = cluster.broker(1).image();
    assertThat(during.topic("t")).isEqualTo(created);
    assertThat(during.brokers()).hasSize(3);
    CompletableFuture<StateWrite> written =
        cluster
            .broker(1)
            .writePartitionState(
                new TopicPartition("t", 0), created.id(), shrunk, partition.version());
    assertThat(written).isNotDone();

    server.restart();
    // Either it was applied after all, or the controller was faster: never an error, never silence.
    StateWrite result = written.orTimeout(20, TimeUnit.SECONDS).join();
    assertThat(result).isInstanceOfAny(StateWrite.Written.class, StateWrite.Conflict.class);
    for (int id = 0; id < 3; id++) {
      int broker = id;
      await(
          () -> cluster.broker(broker).sessionAlive() && cluster.broker(broker).brokerEpoch() > 0);
      await(() -> cluster.broker(broker).image().brokers().size() == 3);
      await(
          () ->
              cluster.broker(broker).image().topic("t").partitions().stream()
                  .allMatch(p -> p.hasLeader() && isCurrent(cluster.broker(broker).image(), p)));
    }
    await(() -> cluster.controller() != null);
    cluster
        .controller()
        .admin()
        .createTopic(topic("u", 3, 3), false, TIMEOUT)
        .orTimeout(15, TimeUnit.SECONDS)
        .join();
  }

  private static boolean isCurrent(ClusterImage image, PartitionImage partition) {
    return image
        .broker(partition.leader())
        .map(b -> b.epoch() == partition.state().isrMember(partition.leader()).brokerEpoch())
        .orElse(false);
  }
}
