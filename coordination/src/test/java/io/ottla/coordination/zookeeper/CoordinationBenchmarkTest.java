package io.ottla.coordination.zookeeper;

import static io.ottla.coordination.Fixtures.topic;
import static io.ottla.coordination.zookeeper.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Measures by hand: {@code mvn test -Dtest=CoordinationBenchmarkTest
 * -DargLine="-Dottla.benchmark=true"}. Partitions per topic with {@code
 * -Dottla.benchmark.partitions=1000}.
 */
@EnabledIfSystemProperty(named = "ottla.benchmark", matches = "true")
class CoordinationBenchmarkTest {
  @Test
  void createFailOverReloadDelete() throws Exception {
    int partitions = Integer.getInteger("ottla.benchmark.partitions", 1000);
    try (TestingServer server = new TestingServer(true);
        TestCluster cluster = new TestCluster(server.getConnectString(), "benchmark", 10_000)) {
      cluster.startAll(3);
      for (int round = 0; round < 3; round++) {
        String name = "t" + round;
        long start = System.nanoTime();
        TopicImage created =
            cluster
                .broker(0)
                .admin()
                .createTopic(topic(name, partitions, 3), false, Duration.ofSeconds(60))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
        report("created " + partitions + " partitions", start);
        seen(cluster.broker(1), image -> created.equals(image.topic(name)));
        seen(cluster.broker(2), image -> created.equals(image.topic(name)));
        report("created and seen by 3", start);
      }
      CompletableFuture<Long> gone = new CompletableFuture<>();
      cluster
          .broker(1)
          .addListener(
              (before, after, delta) -> {
                if (!after.brokers().containsKey(2)) {
                  gone.complete(System.nanoTime());
                }
              });
      cluster.stop(2);
      long start = gone.orTimeout(10, TimeUnit.SECONDS).join();
      Predicate<ClusterImage> moved =
          image ->
              image.topics().stream()
                  .flatMap(t -> t.partitions().stream())
                  .allMatch(p -> p.hasLeader() && p.leader() != 2 && !p.state().inIsr(2));
      seen(cluster.broker(0), moved);
      report("failed over " + 3 * partitions + " partitions, at the controller", start);
      seen(cluster.broker(1), moved);
      report("failed over and seen by the other", start);
      start = System.nanoTime();
      cluster.start(2);
      report("started the broker again, image of " + 3 * partitions + " partitions loaded", start);
      start = System.nanoTime();
      cluster.stop(0);
      await(() -> cluster.broker(1).image().controllerEpoch() == 2);
      Predicate<ClusterImage> movedAgain =
          image ->
              image.topics().stream()
                  .flatMap(t -> t.partitions().stream())
                  .allMatch(p -> p.hasLeader() && p.leader() != 0);
      seen(cluster.broker(1), movedAgain);
      report("controller closed, new one elected, its partitions led", start);
      for (TopicImage topic : List.copyOf(cluster.broker(1).image().topics())) {
        start = System.nanoTime();
        cluster.controller().admin().deleteTopic(topic.id(), Duration.ofSeconds(60)).join();
        report("deleted a topic", start);
      }
      assertThat(cluster.broker(1).image().topics())
          .noneMatch(
              t -> t.partitions().stream().anyMatch(PartitionImage::hasLeader) && !t.deleting());
    }
  }

  private static void seen(ZooKeeperCoordination broker, Predicate<ClusterImage> condition) {
    CompletableFuture<Void> seen = new CompletableFuture<>();
    broker.addListener(
        (before, after, delta) -> {
          if (!seen.isDone() && condition.test(after)) {
            seen.complete(null);
          }
        });
    seen.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static void report(String what, long start) {
    System.out.printf("BENCHMARK %-60s %6d ms%n", what, (System.nanoTime() - start) / 1_000_000);
  }
}
