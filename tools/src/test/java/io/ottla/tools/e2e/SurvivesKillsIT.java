package io.ottla.tools.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three broker processes, replication factor 3, min.insync.replicas 2, under a producer with
 * acks=all: the leader is killed again and again, then the controller, then ZooKeeper. No
 * acknowledged record may be lost, doubled or out of order, and every partition must come back to
 * its full ISR by itself.
 *
 * <p>{@code -Dottla.kills=10} asks for ten kills of each sort; the default of 2 suits CI.
 */
class SurvivesKillsIT {

  private static final Logger LOG = LoggerFactory.getLogger(SurvivesKillsIT.class);
  private static final String TOPIC = "ledger";
  private static final int PARTITIONS = 6;
  private static final int KILLS = Integer.getInteger("ottla.kills", 2);
  private static final Duration HEAL_LIMIT = Duration.ofSeconds(90);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private final List<String> gaps = new ArrayList<>();

  @Test
  @Timeout(1800)
  void losesNothingThatWasAcknowledged() throws Exception {
    try (ProcessCluster cluster =
        new ProcessCluster(
            ProcessCluster.checkout(), folder, 3, Map.of("auto.create.topics.enable", "false"))) {
      cluster.start();
      try (Admin admin =
              Admin.create(
                  Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()));
          Ledger ledger = new Ledger(cluster.bootstrap(), TOPIC, PARTITIONS)) {
        Awaitility.await("three brokers")
            .atMost(HEAL_LIMIT)
            .until(() -> admin.describeCluster().nodes().get().size() == 3);
        admin
            .createTopics(
                List.of(
                    new NewTopic(TOPIC, Optional.of(PARTITIONS), Optional.of((short) 3))
                        .configs(Map.of("min.insync.replicas", "2"))))
            .all()
            .get();
        awaitFullIsr(admin);
        ledger.start();
        awaitProgress(ledger, 50);
        for (int round = 0; round < KILLS; round++) {
          int partition = round % PARTITIONS;
          killAndRestart(cluster, admin, ledger, "leader", () -> leader(admin, partition));
        }
        for (int round = 0; round < KILLS; round++) {
          killAndRestart(cluster, admin, ledger, "controller", () -> controller(admin));
        }
        killZooKeeper(cluster, admin, ledger);
        ledger.finish();
        assertThat(ledger.firstFailure()).as("a failed send").isNull();
        cluster.assertNoneDied();
        ledger.verify();
        LOG.info("{} records acknowledged and found; longest gaps: {}", ledger.total(), gaps);
        System.out.println(
            ledger.total() + " records acknowledged and found; longest gaps: " + gaps);
      }
    }
  }

  private interface Victim {
    int id() throws ExecutionException, InterruptedException;
  }

  private void killAndRestart(
      ProcessCluster cluster, Admin admin, Ledger ledger, String what, Victim victim)
      throws Exception {
    int broker = victim.id();
    ledger.takeLongestGap();
    cluster.killBroker(broker);
    awaitProgress(ledger, 100);
    cluster.startBroker(broker);
    awaitFullIsr(admin);
    awaitProgress(ledger, 50);
    gaps.add(what + " " + broker + " " + ledger.takeLongestGap().toMillis() + " ms");
    cluster.assertNoneDied();
  }

  private void killZooKeeper(ProcessCluster cluster, Admin admin, Ledger ledger) {
    ledger.takeLongestGap();
    cluster.kill("zookeeper");
    // The in-sync replicas go on without ZooKeeper, also past the session timeout.
    awaitProgress(ledger, 500);
    cluster.startZooKeeper();
    Awaitility.await("brokers registered again")
        .atMost(HEAL_LIMIT)
        .ignoreExceptions()
        .until(() -> admin.describeCluster().nodes().get().size() == 3);
    awaitFullIsr(admin);
    awaitProgress(ledger, 50);
    gaps.add("zookeeper " + ledger.takeLongestGap().toMillis() + " ms");
  }

  private static int leader(Admin admin, int partition)
      throws ExecutionException, InterruptedException {
    Node leader = describe(admin).partitions().get(partition).leader();
    assertThat(leader).as("leader of partition %s", partition).isNotNull();
    return leader.id();
  }

  private static int controller(Admin admin) throws ExecutionException, InterruptedException {
    return admin.describeCluster().controller().get().id();
  }

  private static TopicDescription describe(Admin admin)
      throws ExecutionException, InterruptedException {
    return admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC);
  }

  private static void awaitProgress(Ledger ledger, long more) {
    long target = ledger.progress() + more;
    Awaitility.await("acknowledgements on every partition")
        .atMost(HEAL_LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> ledger.progress() >= target);
  }

  private static void awaitFullIsr(Admin admin) {
    Awaitility.await("every partition back to its full ISR")
        .atMost(HEAL_LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(
            () ->
                describe(admin).partitions().stream()
                    .allMatch(p -> p.leader() != null && p.isr().size() == 3));
  }
}
