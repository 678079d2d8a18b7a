package io.ottla.tools.quickstart;

import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartitionInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Shows a newcomer what the cluster does: starts ZooKeeper and three brokers, writes to a
 * replicated topic, kills a leader, writes on, and reads everything back. Leaves nothing behind,
 * also when it fails or is interrupted, unless asked to keep the cluster.
 */
@Command(
    name = "quickstart.sh",
    description = {
      "Starts ZooKeeper and three brokers on this machine, writes lines to a replicated topic, kills the leader of a"
          + " partition, writes on, reads every line back, and cleans up."
    })
public final class Quickstart extends Tool {
  private static final String TOPIC = "quickstart";
  private static final int PARTITIONS = 3;
  private static final int LINES = 1000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Option(
      names = "--keep",
      description =
          "Leaves the cluster running, on the ports 9092 to 9094 if they are free, and prints what to type next.")
  private boolean keep;

  private volatile boolean interrupted;
  private volatile boolean kept;
  private int step;

  @Override
  protected int run() throws Exception {
    Path home = Path.of(System.getProperty("ottla.home", "")).toAbsolutePath().normalize();
    Path folder = home.resolve("data").resolve("quickstart-" + ProcessHandle.current().pid());
    Ports ports = keep ? Ports.usualOrFree() : Ports.free(3);
    LocalCluster cluster = new LocalCluster(home, folder, ports, keep);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupt(cluster), "quickstart-stop"));
    long start = System.nanoTime();
    try {
      show(cluster);
      if (keep) {
        kept = true;
        explain(cluster, home);
        return 0;
      }
      cluster.close();
      say("Stopped every process and removed " + folder + ".");
      streams().out().println();
      streams().out().println("Success: no line was lost, in " + since(start) + " altogether.");
      streams()
          .out()
          .println(
              "Next: bin/quickstart.sh --keep leaves such a cluster running for you to try; README.md has the tutorial.");
      return 0;
    } catch (Exception e) {
      if (interrupted) {
        return 1; // the shutdown hook cleans up and says so
      }
      streams().err().println();
      streams().err().println(cluster.tails());
      cluster.close();
      throw new ToolException(
          "The quickstart failed: " + Errors.line(e) + ". The servers' last lines are above.", e);
    }
  }

  private void show(LocalCluster cluster) throws Exception {
    long start = System.nanoTime();
    streams().out().println("Starting ZooKeeper and three brokers ...");
    cluster.start();
    String bootstrap = cluster.ports().bootstrap();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      awaitBrokers(admin);
      say(
          "ZooKeeper (port "
              + cluster.ports().zookeeper()
              + ") and the brokers 0, 1 and 2 ("
              + bootstrap
              + ") run as four processes of their own: ready after "
              + since(start)
              + ".");
      start = System.nanoTime();
      admin
          .createTopics(
              List.of(
                  new NewTopic(TOPIC, PARTITIONS, (short) 3)
                      .configs(Map.of("min.insync.replicas", "2"))))
          .all()
          .get();
      say(
          "Created the topic '"
              + TOPIC
              + "': 3 partitions, each stored by 3 brokers, of which 2 must have a line before it counts ("
              + since(start)
              + ").");
      try (Lines lines = new Lines(bootstrap, TOPIC, PARTITIONS)) {
        write(lines, LINES);
        killLeader(cluster, admin, lines);
        start = System.nanoTime();
        lines.readAll(LIMIT);
        say(
            "Read all "
                + lines.written()
                + " lines back: each one once, in the order in which its partition got them ("
                + since(start)
                + ").");
      }
      if (keep) {
        awaitFullIsr(admin);
        say("Every partition is on all three brokers again.");
      }
    }
  }

  private void write(Lines lines, int count) throws InterruptedException {
    long start = System.nanoTime();
    lines.write(count);
    say("Wrote " + count + " lines; every in-sync broker confirmed each (" + since(start) + ").");
  }

  private void killLeader(LocalCluster cluster, Admin admin, Lines lines) throws Exception {
    int leader = partitions(admin).get(0).leader().id();
    long pid = cluster.broker(leader).pid();
    cluster.broker(leader).kill();
    say(
        "Killed broker "
            + leader
            + ", the leader of partition 0, without warning (kill -9 "
            + pid
            + ").");
    long start = System.nanoTime();
    lines.writeTo(0);
    String outage = since(start);
    TopicPartitionInfo partition = partitions(admin).get(0);
    say(
        "Broker "
            + (partition.leader() == null ? "?" : partition.leader().idString())
            + " leads partition 0 now; it took its next line "
            + outage
            + " after the kill.");
    write(lines, LINES);
    if (keep) {
      cluster.startBroker(leader);
      cluster.broker(leader).awaitPort(cluster.ports().brokers().get(leader), LIMIT);
      say("Started broker " + leader + " again.");
    }
  }

  private void awaitBrokers(Admin admin) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    int found = 0;
    while (found < 3) {
      if (System.nanoTime() - deadline >= 0) {
        throw new ToolException("Only " + found + " of 3 brokers found each other in 60 s");
      }
      found = admin.describeCluster().nodes().get().size();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(found < 3 ? 50 : 0));
    }
  }

  private void awaitFullIsr(Admin admin) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (partitions(admin).stream().anyMatch(p -> p.isr().size() < 3)) {
      if (System.nanoTime() - deadline >= 0) {
        throw new ToolException("The restarted broker did not catch up in 60 s");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private static List<TopicPartitionInfo> partitions(Admin admin) throws Exception {
    return admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC).partitions();
  }

  private void explain(LocalCluster cluster, Path home) {
    String server = "127.0.0.1:" + cluster.ports().brokers().get(0);
    Path folder = home.relativize(cluster.folder());
    streams()
        .out()
        .println(
            String.join(
                System.lineSeparator(),
                "",
                "Success: no line was lost. The cluster keeps running. Try, in " + home + ":",
                "  bin/kafka-topics.sh --describe --topic "
                    + TOPIC
                    + " --bootstrap-server "
                    + server,
                "  bin/kafka-console-producer.sh --topic "
                    + TOPIC
                    + " --bootstrap-server "
                    + server,
                "  bin/kafka-console-consumer.sh --topic "
                    + TOPIC
                    + " --from-beginning --bootstrap-server "
                    + server,
                "Kill a broker yourself (kill -9 "
                    + cluster.broker(1).pid()
                    + "), and start it again: bin/broker-start.sh -daemon "
                    + folder.resolve("broker-1.properties"),
                "Stop the cluster:",
                "  for i in 0 1 2; do bin/broker-stop.sh " + folder + "/broker-$i.properties; done",
                "  bin/zookeeper-server-stop.sh " + folder + "/zookeeper.properties",
                "  rm -r " + folder));
  }

  /** The shutdown hook; after a normal end there is nothing left to do. */
  private void interrupt(LocalCluster cluster) {
    if (kept) {
      return;
    }
    interrupted = true;
    try {
      cluster.close();
    } catch (IOException e) {
      streams().err().println("Could not clean up: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(String text) {
    step++;
    streams().out().println(step + ". " + text);
  }

  private static String since(long start) {
    return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - start) / 1e9);
  }

  /** Runs the quickstart and ends the process. */
  public static void main(String[] args) {
    Tool.main(new Quickstart(), args);
  }
}
