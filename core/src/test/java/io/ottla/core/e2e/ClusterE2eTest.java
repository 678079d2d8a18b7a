package io.ottla.core.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ClusterE2eTest {
  @TempDir Path temp;

  @Test
  void acknowledgedRecordsSurviveTheCrashAndTheReturnOfTheLeader() throws Exception {
    try (TestCluster cluster = TestCluster.start(temp, 3, Map.of("min.insync.replicas", "2"))) {
      cluster.createTopic("t", 1, 3, Map.of());
      List<String> acknowledged = new ArrayList<>();
      try (KafkaProducer<String, String> producer = cluster.producer(Map.of("acks", "all"))) {
        send(producer, acknowledged, "before");
        int leader = cluster.leader("t", 0);
        cluster.crash(leader);
        send(producer, acknowledged, "while down");
        assertThat(cluster.leader("t", 0)).isNotEqualTo(leader);
        cluster.startBroker(leader);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> cluster.image().partition("t", 0).state().isr().size() == 3);
        send(producer, acknowledged, "after");
      }
      assertThat(cluster.read("t", 0, acknowledged.size()))
          .extracting(record -> record.value())
          .isEqualTo(acknowledged);
    }
  }

  @Test
  void aBrokerThatReturnsWithinItsSessionTakesItsRegistrationOver() throws Exception {
    try (TestCluster cluster = TestCluster.start(temp, 1, Map.of())) {
      cluster.createTopic("t", 1, 1, Map.of());
      List<String> acknowledged = new ArrayList<>();
      try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
        send(producer, acknowledged, "a");
        cluster.crash(0);
        long before = System.nanoTime();
        cluster.startBroker(0);
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before)).isLessThan(5_000);
        send(producer, acknowledged, "b");
      }
      assertThat(cluster.read("t", 0, 2))
          .extracting(record -> record.value())
          .containsExactly("a", "b");
    }
  }

  private static void send(
      KafkaProducer<String, String> producer, List<String> acknowledged, String value)
      throws Exception {
    producer.send(new ProducerRecord<>("t", value)).get(60, TimeUnit.SECONDS);
    acknowledged.add(value);
  }
}
