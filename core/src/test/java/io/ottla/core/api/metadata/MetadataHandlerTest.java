package io.ottla.core.api.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.core.config.TopicCreationSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataHandlerTest {
  private static final InternalTopics INTERNAL =
      new InternalTopics(
          new InternalTopics.Plan(5, (short) 3, 1000, 0),
          new InternalTopics.Plan(4, (short) 3, 1000, 2));

  private final FakeCoordination coordination = new FakeCoordination(3);
  private final List<Runnable> bulk = new ArrayList<>();
  private final ApiCaller caller = new ApiCaller(handler(Set.of(), true, 2, (short) 3));

  private MetadataHandler handler(
      Set<String> reflected, boolean autoCreate, int partitions, short replicas) {
    return new MetadataHandler(
        coordination::image,
        new MetadataAnswers(new ClientEndpoints(0, reflected)),
        new TopicCreation(
            coordination,
            new TopicCreationSettings(autoCreate, true, partitions, replicas),
            INTERNAL,
            Duration.ofSeconds(5)),
        autoCreate,
        bulk::add);
  }

  static List<Integer> versions() {
    return java.util.stream.IntStream.rangeClosed(0, 13).boxed().toList();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void describesOneTopicInEveryVersion(int version) {
    TopicImage topic = coordination.addTopic("orders", List.of(1, 2, 0), 2);
    MetadataResponseData answer = call(version, byName("orders"));
    assertThat(answer.brokers())
        .extracting(MetadataResponseBroker::nodeId, MetadataResponseBroker::host)
        .containsExactlyInAnyOrder(
            Tuple.tuple(0, "host0"), Tuple.tuple(1, "host1"), Tuple.tuple(2, "host2"));
    MetadataResponseTopic described = answer.topics().find("orders");
    assertThat(described.errorCode()).isZero();
    assertThat(described.topicId()).isEqualTo(version >= 10 ? topic.id() : Uuid.ZERO_UUID);
    assertThat(described.topicAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
    assertThat(described.partitions()).hasSize(2);
    MetadataResponsePartition partition = described.partitions().get(0);
    assertThat(partition.leaderId()).isEqualTo(1);
    assertThat(partition.leaderEpoch()).isEqualTo(version >= 7 ? 5 : -1);
    assertThat(partition.replicaNodes()).containsExactly(1, 2, 0);
    assertThat(partition.isrNodes()).containsExactly(1, 2, 0);
    assertThat(partition.offlineReplicas()).isEmpty();
    if (version >= 1) {
      assertThat(answer.controllerId()).isZero();
      assertThat(answer.brokers().find(2).rack()).isEqualTo("r2");
    }
    if (version >= 2) {
      assertThat(answer.clusterId()).isEqualTo("cluster");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void errorResponseFitsEveryVersion(int version) {
    coordination.failWith(new IllegalStateException("boom"));
    MetadataRequestData body = byName("new");
    assertThat(call(version, body).topics().find("new").errorCode())
        .isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
  }

  @Test
  void nullMeansAllAndEmptyMeansNone() {
    coordination.addTopic("a", List.of(0), 1);
    coordination.addTopic("__consumer_offsets", List.of(0), 1);
    assertThat(call(0, new MetadataRequestData()).topics()).hasSize(2);
    assertThat(call(1, new MetadataRequestData()).topics()).isEmpty();
    MetadataResponseData all = call(1, new MetadataRequestData().setTopics(null));
    assertThat(all.topics()).hasSize(2);
    assertThat(all.topics().find("__consumer_offsets").isInternal()).isTrue();
    assertThat(all.topics().find("a").isInternal()).isFalse();
  }

  @Test
  void findsTopicsById() {
    TopicImage topic = coordination.addTopic("orders", List.of(0), 1);
    Uuid unknown = Uuid.randomUuid();
    MetadataResponseData answer = call(12, byId(topic.id(), unknown, Uuid.randomUuid()));
    assertThat(answer.topics())
        .extracting(
            MetadataResponseTopic::name,
            MetadataResponseTopic::topicId,
            MetadataResponseTopic::errorCode)
        .contains(
            Tuple.tuple("orders", topic.id(), (short) 0),
            Tuple.tuple(null, unknown, Errors.UNKNOWN_TOPIC_ID.code()))
        .hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 11})
  void refusesIdsWhereNoBrokerServedThem(int version) {
    MetadataResponseData answer = call(version, byId(Uuid.randomUuid()));
    assertThat(answer.topics())
        .extracting(MetadataResponseTopic::errorCode)
        .containsExactly(Errors.INVALID_REQUEST.code());
  }

  @Test
  void createsMissingTopicAndAnswersWhenItHasLeaders() {
    coordination.holdElections();
    CompletableFuture<MetadataResponseData> first =
        caller.send(9, byName("fresh"), MetadataResponseData.class);
    CompletableFuture<MetadataResponseData> second =
        caller.send(9, byName("fresh"), MetadataResponseData.class);
    assertThat(first).isNotDone();
    coordination.releaseElections();
    MetadataResponseTopic topic = first.join().topics().find("fresh");
    assertThat(topic.errorCode()).isZero();
    assertThat(topic.partitions())
        .extracting(MetadataResponsePartition::errorCode)
        .containsExactly((short) 0, (short) 0);
    assertThat(second.join().topics().find("fresh").partitions()).hasSize(2);
    assertThat(coordination.calls).hasSize(1);
  }

  @Test
  void createsOnlyWhereRequestAndBrokerAllow() {
    MetadataRequestData forbidden = byName("fresh").setAllowAutoTopicCreation(false);
    assertThat(call(9, forbidden).topics().find("fresh").errorCode())
        .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    ApiCaller without = new ApiCaller(handler(Set.of(), false, 1, (short) 1));
    assertThat(
            without
                .call(9, byName("fresh"), MetadataResponseData.class)
                .topics()
                .find("fresh")
                .errorCode())
        .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    assertThat(coordination.calls).isEmpty();
  }

  @Test
  void answersTimeoutOfCreationWithARetriableErrorClientsKnow() {
    coordination.failWith(new TimeoutException("slow"));
    assertThat(call(9, byName("fresh")).topics().find("fresh").errorCode())
        .isEqualTo(Errors.LEADER_NOT_AVAILABLE.code());
  }

  @Test
  void saysWhyATopicCannotBeCreated() {
    ApiCaller greedy = new ApiCaller(handler(Set.of(), true, 1, (short) 4));
    assertThat(
            greedy
                .call(9, byName("fresh"), MetadataResponseData.class)
                .topics()
                .find("fresh")
                .errorCode())
        .isEqualTo(Errors.INVALID_REPLICATION_FACTOR.code());
    assertThat(call(9, byName("not/valid")).topics().find("not/valid").errorCode())
        .isEqualTo(Errors.INVALID_TOPIC_EXCEPTION.code());
  }

  @Test
  void createsInternalTopicWithItsOwnConfigurationAndAsManyReplicasAsBrokersLive() {
    coordination.change(builder -> builder.removeBroker(2));
    MetadataResponseTopic topic =
        call(9, byName("__transaction_state")).topics().find("__transaction_state");
    assertThat(topic.isInternal()).isTrue();
    assertThat(topic.partitions()).hasSize(4);
    assertThat(topic.partitions().get(0).replicaNodes()).hasSize(2);
    assertThat(coordination.image().topicConfig("__transaction_state"))
        .containsEntry("cleanup.policy", "compact")
        .containsEntry("min.insync.replicas", "2")
        .containsEntry("unclean.leader.election.enable", "false");
    coordination.change(builder -> builder.removeBroker(1).removeTopic("__transaction_state"));
    call(9, byName("__transaction_state"));
    assertThat(coordination.image().topicConfig("__transaction_state"))
        .containsEntry("min.insync.replicas", "1");
  }

  @Test
  void namesEachPartitionsTrouble() {
    coordination.addTopic("t", List.of(1, 2), 4);
    coordination.setState(
        "t", 1, new PartitionState(1, -1, 6, List.of(new IsrMember(2, 102)), List.of(), false));
    coordination.setState("t", 2, null);
    coordination.setState("t", 3, FakeCoordination.state(List.of(2, 1)));
    coordination.change(builder -> builder.removeBroker(1));
    List<MetadataResponsePartition> partitions =
        call(9, byName("t")).topics().find("t").partitions();
    short none = Errors.LEADER_NOT_AVAILABLE.code();
    assertThat(partitions)
        .extracting(
            MetadataResponsePartition::errorCode,
            MetadataResponsePartition::leaderId,
            MetadataResponsePartition::leaderEpoch,
            MetadataResponsePartition::offlineReplicas)
        .containsExactly(
            Tuple.tuple(none, -1, 5, List.of(1)),
            Tuple.tuple(none, -1, 6, List.of(1)),
            Tuple.tuple(none, -1, -1, List.of(1)),
            Tuple.tuple((short) 0, 2, 5, List.of(1)));
    MetadataResponsePartition old = call(0, byName("t")).topics().find("t").partitions().get(3);
    assertThat(old.errorCode()).isEqualTo(Errors.REPLICA_NOT_AVAILABLE.code());
    assertThat(old.replicaNodes()).containsExactly(2);
    assertThat(old.isrNodes()).containsExactly(2);
  }

  @Test
  void tellsTheEndpointsOfTheClientsListener() {
    coordination.addTopic("t", List.of(1), 1);
    MetadataResponseData answer =
        caller.on("INTERNAL").call(9, byName("t"), MetadataResponseData.class);
    assertThat(answer.brokers().find(1).host()).isEqualTo("internal1");
    assertThat(answer.brokers().find(1).port()).isEqualTo(19093);
    ApiCaller stranger = caller.on("OTHER");
    MetadataResponseData lost = stranger.call(6, byName("t"), MetadataResponseData.class);
    assertThat(lost.brokers()).isEmpty();
    MetadataResponsePartition partition = lost.topics().find("t").partitions().get(0);
    assertThat(partition.errorCode()).isEqualTo(Errors.LISTENER_NOT_FOUND.code());
    assertThat(partition.leaderId()).isEqualTo(-1);
    assertThat(
            stranger
                .call(5, byName("t"), MetadataResponseData.class)
                .topics()
                .find("t")
                .partitions()
                .get(0)
                .errorCode())
        .isEqualTo(Errors.LEADER_NOT_AVAILABLE.code());
  }

  @Test
  void tellsItsOwnAddressAsTheClientReachedIt() {
    ApiCaller reflecting = new ApiCaller(handler(Set.of("PLAINTEXT"), true, 1, (short) 1));
    MetadataResponseData answer =
        reflecting.call(9, new MetadataRequestData(), MetadataResponseData.class);
    assertThat(answer.brokers().find(0).host()).isEqualTo("10.0.0.1");
    assertThat(answer.brokers().find(0).port()).isEqualTo(9999);
    assertThat(answer.brokers().find(1).host()).isEqualTo("host1");
    assertThat(
            reflecting
                .on("INTERNAL")
                .call(9, new MetadataRequestData(), MetadataResponseData.class)
                .brokers()
                .find(0)
                .host())
        .isEqualTo("internal0");
  }

  @Test
  void tellsAuthorizedOperationsOnlyWhenAsked() {
    coordination.addTopic("t", List.of(1), 1);
    MetadataRequestData asking =
        byName("t")
            .setIncludeTopicAuthorizedOperations(true)
            .setIncludeClusterAuthorizedOperations(true);
    MetadataResponseData answer = call(10, asking);
    assertThat(answer.topics().find("t").topicAuthorizedOperations()).isEqualTo(0b1101_1111_1000);
    assertThat(answer.clusterAuthorizedOperations()).isEqualTo(0b1_1111_1010_0000);
    assertThat(call(10, byName("t")).clusterAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
  }

  @Test
  void treatsTopicsBeingDeletedAsGoneAndDoesNotCreateThem() {
    TopicImage topic = coordination.addTopic("t", List.of(1), 1);
    coordination.change(builder -> builder.topic(topic.withDeleting(true)));
    assertThat(call(9, byName("t")).topics().find("t").errorCode())
        .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    assertThat(call(9, new MetadataRequestData().setTopics(null)).topics()).isEmpty();
    assertThat(coordination.calls).isEmpty();
  }

  @Test
  void makesLargeAnswersElsewhere() {
    coordination.addTopic("big", List.of(0), 999);
    assertThat(caller.send(9, byName("big"), MetadataResponseData.class)).isDone();
    coordination.addTopic("more", List.of(0), 1);
    for (MetadataRequestData body :
        List.of(byName("big", "more"), new MetadataRequestData().setTopics(null))) {
      CompletableFuture<MetadataResponseData> answer =
          caller.send(9, body, MetadataResponseData.class);
      assertThat(answer).isNotDone();
      bulk.remove(0).run();
      assertThat(answer.join().topics()).hasSize(2);
    }
  }

  private MetadataResponseData call(int version, MetadataRequestData body) {
    return caller.call(version, body, MetadataResponseData.class);
  }

  private static MetadataRequestData byName(String... names) {
    MetadataRequestData body = new MetadataRequestData();
    for (String name : names) {
      body.topics().add(new MetadataRequestTopic().setName(name));
    }
    return body;
  }

  private static MetadataRequestData byId(Uuid... ids) {
    MetadataRequestData body = new MetadataRequestData();
    for (Uuid id : ids) {
      body.topics().add(new MetadataRequestTopic().setName(null).setTopicId(id));
    }
    return body;
  }
}
