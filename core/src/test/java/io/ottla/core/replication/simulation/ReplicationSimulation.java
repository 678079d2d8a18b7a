package io.ottla.core.replication.simulation;

import io.ottla.coordination.InMemoryCluster;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.ManualDeadlines;
import io.ottla.log.BatchRejectedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;

/**
 * A cluster under one seeded schedule. Every step is one task of one broker, one message, one
 * change of metadata, a client's request, a fault, or time; section 2 of the design is checked
 * after each. At the end everything is healed and must converge.
 */
final class ReplicationSimulation {
  private static final String TOPIC = "t";
  private static final int REPLICAS = 3;
  private static final int PARTITIONS = 2;

  private record Key(Uuid topicId, int partition) {}

  private final long seed;
  private final Random random;
  private final ManualDeadlines time = new ManualDeadlines();
  private final InMemoryCluster cluster;
  private final SimBroker[] brokers = new SimBroker[REPLICAS];
  private final SimNetwork network;
  private final Map<Key, CommittedLog> committed = new HashMap<>();
  private final Map<Key, List<SimProducer>> producers = new HashMap<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private final int minIsr;
  private final int faultiness;
  private final Map<Integer, Long> expireAt = new HashMap<>();
  private long nextProducerId = 1;
  private long nextCheck;
  private int steps;

  /** From this step on nothing new is produced. */
  private int quietFrom = Integer.MAX_VALUE;

  ReplicationSimulation(long seed, Path directory) {
    this.seed = seed;
    this.random = new Random(seed);
    this.cluster = InMemoryCluster.pumped(seed);
    this.minIsr = random.nextInt(4) == 0 ? 1 : 2;
    this.faultiness = 1 + random.nextInt(30);
    for (int i = 0; i < REPLICAS; i++) {
      brokers[i] = new SimBroker(i, directory.resolve("broker-" + i), cluster, time);
    }
    this.network = new SimNetwork(brokers, random);
    for (SimBroker broker : brokers) {
      broker.network(network);
    }
  }

  /** Runs to the end; throws a {@link Violation} that names the seed. */
  void run(int faultySteps) {
    try {
      for (SimBroker broker : brokers) {
        broker.start();
      }
      cluster.deliverAll();
      createTopic();
      while (steps < faultySteps) {
        step(true);
      }
      heal();
      converge();
      compareLogs();
    } catch (Violation | RuntimeException e) {
      throw (Violation)
          new Violation(
                  "seed " + seed + ", step " + steps + ": " + e.getMessage() + "\n" + history())
              .initCause(e);
    } finally {
      for (SimBroker broker : brokers) {
        if (broker.up()) {
          broker.crash();
        }
      }
    }
  }

  long steps() {
    return steps;
  }

  int acknowledged() {
    return producers.values().stream().flatMap(List::stream).mapToInt(p -> p.acked().size()).sum();
  }

  private String history() {
    StringBuilder text = new StringBuilder();
    trace.forEach(line -> text.append("  ").append(line).append('\n'));
    TopicImage topic = cluster.truth().topic(TOPIC);
    text.append("  truth ").append(topic).append('\n');
    text.append("  brokers ").append(cluster.truth().brokers().values()).append('\n');
    for (SimBroker broker : brokers) {
      text.append("  broker ").append(broker.id()).append(broker.running() ? " runs" : " stands");
      if (broker.up()) {
        for (Partition partition : broker.partitions().all()) {
          text.append(" ")
              .append(partition)
              .append(" log ")
              .append(partition.log())
              .append(" hw ")
              .append(partition.highWatermark());
        }
      }
      text.append('\n');
    }
    return text.toString();
  }

  private void note(String what) {
    trace.add(steps + " @" + TimeUnit.NANOSECONDS.toMillis(time.nanoTime()) + "ms " + what);
    if (trace.size() > 120) {
      trace.poll();
    }
  }

  private void createTopic() {
    for (SimBroker broker : brokers) {
      if (broker.running() && broker.coordination().isController()) {
        var unused =
            broker
                .coordination()
                .admin()
                .createTopic(
                    new NewTopicSpec(
                        TOPIC,
                        PARTITIONS,
                        (short) REPLICAS,
                        List.of(List.of(0, 1, 2), List.of(1, 2, 0)),
                        Map.of("min.insync.replicas", Integer.toString(minIsr))),
                    false,
                    Duration.ofSeconds(30));
        note("create topic");
        return;
      }
    }
  }

  private void deleteTopic() {
    TopicImage topic = cluster.truth().topic(TOPIC);
    for (SimBroker broker : brokers) {
      if (topic != null && broker.running() && broker.coordination().isController()) {
        var unused = broker.coordination().admin().deleteTopic(topic.id(), Duration.ofSeconds(30));
        note("delete topic " + topic.id());
        return;
      }
    }
  }

  private void step(boolean faults) {
    steps++;
    List<Runnable> choices = network.deliverable();
    for (SimBroker broker : brokers) {
      if (broker.running()) {
        if (broker.hasWork()) {
          choices.add(() -> broker.work(random.nextBoolean()));
          choices.add(() -> broker.work(random.nextBoolean()));
        }
        if (cluster.pending(broker.id()) > 0) {
          choices.add(() -> cluster.deliver(broker.id()));
        }
      }
    }
    int dice = random.nextInt(1000);
    if (faults && dice < faultiness) {
      fault();
    } else if (dice < 120 || (choices.isEmpty() && dice < 500)) {
      produce(faults);
    } else if (choices.isEmpty()) {
      pass(Math.min(time.untilNext(), TimeUnit.MILLISECONDS.toNanos(200)));
    } else if (dice < 300) {
      pass(TimeUnit.MICROSECONDS.toNanos(random.nextInt(8000)));
    } else {
      choices.get(random.nextInt(choices.size())).run();
    }
    if (time.nanoTime() >= nextCheck) {
      nextCheck = time.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
      for (SimBroker broker : brokers) {
        if (broker.running()) {
          broker.maintain(random.nextBoolean());
        }
      }
    }
    check();
  }

  private void pass(long nanos) {
    time.advance(nanos);
    cluster.advance(Duration.ofNanos(nanos));
    for (SimBroker broker : brokers) {
      Long at = expireAt.get(broker.id());
      if (at != null && time.nanoTime() >= at) {
        expireAt.remove(broker.id());
        if (!broker.up()) {
          note("session of " + broker.id() + " expires");
          cluster.expireSession(broker.id());
        }
      }
    }
  }

  private void produce(boolean noise) {
    SimBroker broker = brokers[random.nextInt(REPLICAS)];
    if (!broker.running()) {
      return;
    }
    Partition partition = broker.partitions().get(TOPIC, random.nextInt(PARTITIONS));
    if (partition == null || (!partition.isLeader() && random.nextInt(10) != 0)) {
      return;
    }
    if (noise && random.nextInt(4) == 0) {
      try {
        partition.append(SimProducer.noise(random), (short) 1, time.nanoTime() / 1_000_000);
      } catch (ApiException e) {
        // not the leader
      } catch (BatchRejectedException e) {
        throw new Violation("noise was refused: " + e.getMessage());
      }
      return;
    }
    List<SimProducer> ofTopic =
        producers.computeIfAbsent(
            new Key(partition.topicId(), partition.partition()),
            t ->
                List.of(
                    new SimProducer(nextProducerId++, random),
                    new SimProducer(nextProducerId++, random)));
    SimProducer producer = ofTopic.get(random.nextInt(ofTopic.size()));
    if (steps > quietFrom && !producer.pending()) {
      return;
    }
    producer.step(broker, partition, rightful(broker, partition), time.nanoTime());
  }

  private boolean rightful(SimBroker broker, Partition partition) {
    TopicImage topic = cluster.truth().topic(partition.topicId());
    PartitionState state = topic == null ? null : topic.partition(partition.partition()).state();
    return state != null
        && state.leader() == broker.id()
        && state.leaderEpoch() == partition.leaderEpoch();
  }

  private void fault() {
    SimBroker broker = brokers[random.nextInt(REPLICAS)];
    switch (random.nextInt(15)) {
      case 0, 1, 2 -> {
        if (broker.up()) {
          note("crash " + broker.id());
          broker.crash();
          expireLater(broker);
        } else {
          start(broker);
        }
      }
      case 14 -> {
        // One broker of the cluster may lose what it had not flushed: min.insync.replicas of two
        // promise to survive that.
        SimBroker unlucky = brokers[(int) Math.floorMod(seed, (long) REPLICAS)];
        if (minIsr == 2 && unlucky.up()) {
          note("power loss of " + unlucky.id());
          unlucky.losePower(random);
          expireLater(unlucky);
        }
      }
      case 3 -> {
        if (broker.running()) {
          note("stop " + broker.id());
          broker.stop();
        } else if (!broker.up()) {
          start(broker);
        }
      }
      case 4, 5 -> {
        if (broker.up()) {
          note((broker.paused() ? "resume " : "pause ") + broker.id());
          broker.pause(!broker.paused());
        }
      }
      case 6 -> {
        if (broker.up()) {
          note("expire the session of " + broker.id());
          cluster.expireSession(broker.id());
        }
      }
      case 7 -> {
        if (broker.up()) {
          note("coordination lost at " + broker.id());
          cluster.disconnect(broker.id());
        }
      }
      case 8, 9 -> {
        if (broker.up()) {
          note("coordination back at " + broker.id());
          cluster.reconnect(broker.id());
        }
      }
      case 10 -> {
        int other = (broker.id() + 1 + random.nextInt(REPLICAS - 1)) % REPLICAS;
        note("cut " + broker.id() + " -> " + other);
        network.cut(broker.id(), other, true);
        if (random.nextBoolean()) {
          network.cut(other, broker.id(), true);
        }
      }
      case 11 -> {
        note("heal links");
        network.heal();
      }
      case 12 -> {
        note("break a connection");
        network.breakOne();
      }
      default -> {
        if (random.nextInt(8) == 0) {
          deleteTopic();
        } else if (broker.up() && random.nextBoolean()) {
          note("catch up " + broker.id());
          cluster.catchUp(broker.id());
        } else {
          pass(TimeUnit.MILLISECONDS.toNanos(random.nextInt(4000)));
        }
        if (cluster.truth().topic(TOPIC) == null) {
          createTopic();
        }
      }
    }
  }

  private void start(SimBroker broker) {
    note("start " + broker.id());
    expireAt.remove(broker.id());
    broker.start();
  }

  private void expireLater(SimBroker broker) {
    expireAt.put(
        broker.id(), time.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(3000)));
  }

  private void heal() {
    note("heal everything");
    network.heal();
    for (SimBroker broker : brokers) {
      if (!broker.up()) {
        start(broker);
      }
      broker.pause(false);
      cluster.reconnect(broker.id());
    }
  }

  private void converge() {
    quietFrom = steps + 400;
    int limit = steps + 20_000;
    while (!converged()) {
      if (steps > limit) {
        throw new Violation("no convergence");
      }
      step(false);
      if (cluster.truth().topic(TOPIC) == null) {
        createTopic();
      }
    }
  }

  private boolean converged() {
    TopicImage topic = cluster.truth().topic(TOPIC);
    if (topic == null) {
      return false;
    }
    for (int number = 0; number < PARTITIONS; number++) {
      if (!converged(topic, number)) {
        return false;
      }
    }
    return true;
  }

  private boolean converged(TopicImage topic, int number) {
    PartitionState state = topic.partition(number).state();
    if (state == null
        || state.isr().size() < REPLICAS
        || writing(topic, number).stream().anyMatch(SimProducer::pending)) {
      return false;
    }
    long end = -1;
    for (SimBroker broker : brokers) {
      Partition partition = broker.partitions().get(TOPIC, number);
      if (partition == null
          || partition.log() == null
          || !partition.topicId().equals(topic.id())
          || partition.highWatermark() != partition.logEndOffset()
          || (end >= 0 && partition.logEndOffset() != end)) {
        return false;
      }
      end = partition.logEndOffset();
    }
    return true;
  }

  private List<SimProducer> writing(TopicImage topic, int number) {
    return producers.getOrDefault(new Key(topic.id(), number), List.of());
  }

  /** After every step. */
  private void check() {
    for (SimBroker broker : brokers) {
      if (!broker.up()) {
        continue;
      }
      if (broker.partitions().counters().failedPartitions() > 0) {
        throw new Violation("a partition of broker " + broker.id() + " failed");
      }
      for (int number = 0; number < PARTITIONS; number++) {
        Partition partition = broker.partitions().get(TOPIC, number);
        if (partition != null) {
          committed
              .computeIfAbsent(new Key(partition.topicId(), number), t -> new CommittedLog())
              .observe(broker, partition);
        }
      }
    }
    TopicImage topic = cluster.truth().topic(TOPIC);
    if (topic != null) {
      topic.partitions().forEach(image -> checkIsr(topic, image));
    }
  }

  /** Whoever is in the stored ISR, under the registration it lists, has everything committed. */
  private void checkIsr(TopicImage topic, PartitionImage image) {
    CommittedLog log = committed.get(new Key(topic.id(), image.partition()));
    if (log == null || image.state() == null) {
      return;
    }
    for (IsrMember member : image.state().isr()) {
      SimBroker broker = brokers[member.brokerId()];
      BrokerRegistration registered = cluster.truth().brokers().get(member.brokerId());
      if (!broker.up() || registered == null || registered.epoch() != member.brokerEpoch()) {
        continue;
      }
      Partition partition = broker.partitions().get(TOPIC, image.partition());
      if (partition != null
          && partition.log() != null
          && partition.topicId().equals(topic.id())
          && partition.logEndOffset() < log.end()) {
        throw new Violation(
            "broker "
                + broker.id()
                + " is in the ISR "
                + image.state()
                + " but lacks committed records: ends at "
                + partition.logEndOffset()
                + ", committed to "
                + log.end());
      }
    }
  }

  private void compareLogs() {
    TopicImage topic = cluster.truth().topic(TOPIC);
    for (int number = 0; number < PARTITIONS; number++) {
      List<CommittedLog.Entry> expected = null;
      for (SimBroker broker : brokers) {
        Partition partition = broker.partitions().get(TOPIC, number);
        List<CommittedLog.Entry> entries =
            CommittedLog.entries(partition.log(), 0, partition.logEndOffset());
        if (expected != null && !expected.equals(entries)) {
          throw new Violation("logs differ: " + expected + " and " + entries);
        }
        expected = entries;
      }
      compareWithAcknowledged(expected, writing(topic, number));
    }
  }

  private static void compareWithAcknowledged(
      List<CommittedLog.Entry> log, List<SimProducer> writing) {
    Map<Long, CommittedLog.Entry> byOffset = new HashMap<>();
    Set<String> sequences = new HashSet<>();
    int epoch = -1;
    for (CommittedLog.Entry entry : log) {
      byOffset.put(entry.baseOffset(), entry);
      if (entry.epoch() < epoch) {
        throw new Violation("leader epochs decrease at " + entry);
      }
      epoch = entry.epoch();
      if (entry.producerId() >= 0
          && !sequences.add(entry.producerId() + ":" + entry.baseSequence())) {
        throw new Violation("twice in the log: " + entry);
      }
    }
    for (SimProducer producer : writing) {
      for (SimProducer.Acked a : producer.acked()) {
        CommittedLog.Entry entry = byOffset.get(a.baseOffset());
        if (entry == null
            || entry.producerId() != a.producerId()
            || entry.baseSequence() != a.baseSequence()
            || entry.lastOffset() - entry.baseOffset() + 1 != a.count()) {
          throw new Violation("acknowledged " + a + " is lost; there is " + entry);
        }
      }
    }
  }
}
