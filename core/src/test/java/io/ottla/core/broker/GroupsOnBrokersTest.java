package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.ottla.core.config.BrokerConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Official consumers in groups, on three brokers of an in-memory cluster. */
@Timeout(120)
class GroupsOnBrokersTest {
  private static final int PARTITIONS = 6;

  @TempDir Path temp;
  private final InMemoryBrokers cluster = new InMemoryBrokers();
  private final Map<Integer, Broker> brokers = new HashMap<>();
  private final List<Member> members = new ArrayList<>();
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    for (int id = 0; id < 3; id++) {
      brokers.put(id, startBroker(id));
    }
    admin = Admin.create(Map.of("bootstrap.servers", bootstrap()));
    admin
        .createTopics(List.of(new NewTopic("t", PARTITIONS, (short) 3)))
        .all()
        .get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    members.forEach(Member::close);
    if (admin != null) {
      admin.close(Duration.ofSeconds(1));
    }
    brokers.values().forEach(Broker::closeAbruptly);
  }

  private Broker startBroker(int id) throws Exception {
    return Broker.start(
        BrokerConfig.parse(
            Map.of(
                "broker.id", Integer.toString(id),
                "zookeeper.connect", "none:1",
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "log.dirs", temp.resolve("logs-" + id).toString(),
                "auto.include.jmx.reporter", "false",
                "offsets.topic.num.partitions", "4",
                "group.initial.rebalance.delay.ms", "100"),
            "test"),
        cluster.factory(),
        Clock.systemUTC());
  }

  private String bootstrap() {
    List<String> addresses = new ArrayList<>();
    brokers
        .values()
        .forEach(b -> addresses.add("127.0.0.1:" + b.addresses().get("PLAINTEXT").getPort()));
    return String.join(",", addresses);
  }

  /** A consumer and the thread that polls it. */
  private final class Member {
    final Set<String> values = Collections.synchronizedSet(new TreeSet<>());
    final List<String> all = Collections.synchronizedList(new ArrayList<>());
    volatile Set<TopicPartition> owned = Set.of();
    volatile RuntimeException failure;
    private volatile boolean stop;
    private final Thread thread;

    Member(String group, Class<?> assignor, String instanceId) {
      Map<String, Object> config = new HashMap<>();
      config.put("bootstrap.servers", bootstrap());
      config.put("group.id", group);
      config.put("group.protocol", "classic");
      config.put("auto.offset.reset", "earliest");
      config.put("auto.commit.interval.ms", "100");
      config.put("session.timeout.ms", "6000");
      config.put("heartbeat.interval.ms", "200");
      config.put("metadata.max.age.ms", "1000");
      config.put("reconnect.backoff.max.ms", "100");
      config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, assignor.getName());
      if (instanceId != null) {
        config.put("group.instance.id", instanceId);
      }
      thread =
          new Thread(
              () -> {
                try (KafkaConsumer<String, String> consumer =
                    new KafkaConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer())) {
                  consumer.subscribe(List.of("t"));
                  while (!stop) {
                    for (ConsumerRecord<String, String> record :
                        consumer.poll(Duration.ofMillis(50))) {
                      values.add(record.value());
                      all.add(record.value());
                    }
                    owned = Set.copyOf(consumer.assignment());
                  }
                } catch (RuntimeException e) {
                  failure = e;
                }
              },
              "member-" + group);
      thread.start();
      members.add(this);
    }

    void close() {
      stop = true;
      try {
        thread.join(10_000);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      if (failure != null) {
        throw failure;
      }
    }
  }

  private void produce(int from, int to) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap()),
            new StringSerializer(),
            new StringSerializer())) {
      List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
      for (int i = from; i < to; i++) {
        sent.add(producer.send(new ProducerRecord<>("t", i % PARTITIONS, null, "v" + i)));
      }
      for (java.util.concurrent.Future<?> future : sent) {
        future.get(20, TimeUnit.SECONDS);
      }
    }
  }

  private static Set<String> values(int from, int to) {
    Set<String> values = new HashSet<>();
    for (int i = from; i < to; i++) {
      values.add("v" + i);
    }
    return values;
  }

  private static void awaitShared(Member... all) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Set<TopicPartition> owned = new HashSet<>();
              int sum = 0;
              for (Member member : all) {
                assertThat(member.failure).isNull();
                assertThat(member.owned).isNotEmpty();
                owned.addAll(member.owned);
                sum += member.owned.size();
              }
              assertThat(owned).hasSize(PARTITIONS);
              assertThat(sum).isEqualTo(PARTITIONS);
            });
  }

  @Test
  void twoConsumersShareAndAnotherGroupGetsEverything() throws Exception {
    long before = System.nanoTime();
    Member one = new Member("group1", RangeAssignor.class, null);
    await().until(() -> one.owned.size() == PARTITIONS);
    System.out.println(
        "first consumer owned all after " + (System.nanoTime() - before) / 1_000_000 + " ms");
    Member two = new Member("group1", RangeAssignor.class, null);
    awaitShared(one, two);
    Member other = new Member("group2", RangeAssignor.class, null);
    produce(0, 300);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(other.values).isEqualTo(values(0, 300));
              Set<String> both = new HashSet<>(one.values);
              both.addAll(two.values);
              assertThat(both).isEqualTo(values(0, 300));
            });
    assertThat(one.all.size() + two.all.size()).as("nothing twice").isEqualTo(300);
    two.close();
    await().until(() -> one.owned.size() == PARTITIONS);

    assertThat(admin.listGroups().all().get(10, TimeUnit.SECONDS))
        .extracting(GroupListing::groupId)
        .containsExactlyInAnyOrder("group1", "group2");
    ConsumerGroupDescription description =
        admin
            .describeConsumerGroups(List.of("group1"))
            .describedGroups()
            .get("group1")
            .get(10, TimeUnit.SECONDS);
    assertThat(description.groupState()).isEqualTo(GroupState.STABLE);
    assertThat(description.partitionAssignor()).isEqualTo("range");
    assertThat(description.members()).hasSize(1);
    assertThat(description.members().iterator().next().assignment().topicPartitions())
        .hasSize(PARTITIONS);
    one.close();
    await()
        .untilAsserted(
            () -> {
              long total = 0;
              for (OffsetAndMetadata offset : committed("group1").values()) {
                total += offset.offset();
              }
              assertThat(total).isEqualTo(300);
            });
    admin
        .deleteConsumerGroupOffsets("group1", Set.of(new TopicPartition("t", 0)))
        .all()
        .get(10, TimeUnit.SECONDS);
    assertThat(committed("group1")).hasSize(PARTITIONS - 1);
    admin.deleteConsumerGroups(List.of("group1")).all().get(10, TimeUnit.SECONDS);
    assertThat(committed("group1")).isEmpty();
  }

  private Map<TopicPartition, OffsetAndMetadata> committed(String group) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        new HashMap<>(
            admin
                .listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get(10, TimeUnit.SECONDS));
    offsets.values().removeIf(java.util.Objects::isNull);
    return offsets;
  }

  @Test
  void cooperativeStickyMembersKeepConsuming() throws Exception {
    Member one = new Member("coop", CooperativeStickyAssignor.class, null);
    await().until(() -> one.owned.size() == PARTITIONS);
    produce(0, 60);
    Member two = new Member("coop", CooperativeStickyAssignor.class, null);
    awaitShared(one, two);
    Member three = new Member("coop", CooperativeStickyAssignor.class, null);
    awaitShared(one, two, three);
    produce(60, 120);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> one.all.size() + two.all.size() + three.all.size() >= 120);
    assertThat(one.all.size() + two.all.size() + three.all.size()).isEqualTo(120);
  }

  @Test
  void staticMemberReturnsToItsPartitions() throws Exception {
    Member one = new Member("static", RangeAssignor.class, "i1");
    Member two = new Member("static", RangeAssignor.class, "i2");
    awaitShared(one, two);
    Set<TopicPartition> kept = two.owned;
    Set<TopicPartition> others = one.owned;
    two.close();
    Member back = new Member("static", RangeAssignor.class, "i2");
    await().atMost(Duration.ofSeconds(20)).until(() -> back.owned.equals(kept));
    assertThat(one.owned).isEqualTo(others);
    produce(0, 60);
    await().atMost(Duration.ofSeconds(20)).until(() -> one.all.size() + back.all.size() == 60);
  }

  @Test
  void groupsSurviveTheirCoordinator() throws Exception {
    Member one = new Member("moving", RangeAssignor.class, null);
    Member two = new Member("moving", RangeAssignor.class, null);
    awaitShared(one, two);
    produce(0, 120);
    await().until(() -> one.all.size() + two.all.size() == 120);
    await()
        .untilAsserted(
            () ->
                assertThat(
                        committed("moving").values().stream()
                            .mapToLong(OffsetAndMetadata::offset)
                            .sum())
                    .isEqualTo(120));
    int coordinator =
        admin
            .describeConsumerGroups(List.of("moving"))
            .describedGroups()
            .get("moving")
            .get(10, TimeUnit.SECONDS)
            .coordinator()
            .id();
    brokers.remove(coordinator).close();
    produce(120, 240);
    await()
        .atMost(Duration.ofSeconds(40))
        .untilAsserted(
            () -> {
              Set<String> both = new HashSet<>(one.values);
              both.addAll(two.values);
              assertThat(both).isEqualTo(values(0, 240));
              assertThat(one.failure).isNull();
              assertThat(two.failure).isNull();
            });
  }
}
