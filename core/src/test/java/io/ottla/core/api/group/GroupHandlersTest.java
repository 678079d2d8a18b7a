package io.ottla.core.api.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.api.HostedReplicas;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.TimerDeadlines;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every key in every version that kafka-clients knows, against a partition on disk. */
@Timeout(60)
class GroupHandlersTest {
  @TempDir Path temp;
  private final TimerDeadlines deadlines = new TimerDeadlines();
  private final FakeCoordination cluster = new FakeCoordination(1);
  private HostedReplicas replicas;
  private GroupCoordinators groups;
  private List<ApiHandler<?>> handlers;
  private ApiCaller caller;
  private Uuid topicId;

  @BeforeEach
  void start() throws Exception {
    BrokerConfig config =
        BrokerConfig.parse(
            Map.of(
                "broker.id", "0",
                "zookeeper.connect", "none:1",
                "log.dirs", temp.toString(),
                "offsets.topic.num.partitions", "3",
                "group.initial.rebalance.delay.ms", "0"),
            "test");
    topicId =
        cluster
            .createTopic(
                new NewTopicSpec("t", 2, (short) 1, List.of(), Map.of()),
                false,
                Duration.ofSeconds(1))
            .get(1, TimeUnit.SECONDS)
            .id();
    groups =
        new GroupCoordinators(
            0, config.groups(), 2, cluster::image, deadlines, Clock.systemUTC(), Runnable::run);
    TopicCreation creation =
        new TopicCreation(
            cluster,
            config.topicCreation(),
            InternalTopics.of(config.groups(), config.transactions()),
            Duration.ofSeconds(1));
    handlers = groups.handlers(new ClientEndpoints(0, Set.of()), creation);
    caller = new ApiCaller(handlers.toArray(ApiHandler<?>[]::new));
  }

  @AfterEach
  void stop() {
    groups.close();
    if (replicas != null) {
      replicas.close();
    }
    deadlines.close();
  }

  /** The offsets topic exists, and its partitions are led here. */
  private void lead() {
    find((short) 4, (byte) 0, "any");
    replicas = new HostedReplicas(cluster, temp);
    for (Partition partition : replicas.partitions().all()) {
      groups.leadership().becameLeader(partition, partition.leaderEpoch());
    }
  }

  private <R> R ask(int version, ApiMessage body, Class<R> type) {
    return caller.send(version, body, type).orTimeout(10, TimeUnit.SECONDS).join();
  }

  private FindCoordinatorResponseData find(short version, byte keyType, String key) {
    FindCoordinatorRequestData request = new FindCoordinatorRequestData().setKeyType(keyType);
    if (version >= 4) {
      request.setCoordinatorKeys(List.of(key, key + "2"));
    } else {
      request.setKey(key);
    }
    return ask(version, request, FindCoordinatorResponseData.class);
  }

  private static short latest(ApiKeys key) {
    return key.latestVersion(false);
  }

  @Test
  void findsTheCoordinatorInEveryVersion() {
    for (short v = ApiKeys.FIND_COORDINATOR.oldestVersion();
        v <= latest(ApiKeys.FIND_COORDINATOR);
        v++) {
      FindCoordinatorResponseData found = find(v, (byte) 0, "g");
      if (v >= 4) {
        assertThat(found.coordinators()).hasSize(2);
        assertThat(found.coordinators())
            .allSatisfy(c -> assertThat(c.errorCode()).isZero())
            .allSatisfy(c -> assertThat(c.port()).isPositive());
        assertThat(find(v, (byte) 1, "tx").coordinators().get(0).errorMessage())
            .contains("transactions");
      } else {
        assertThat(found.errorCode()).isZero();
        assertThat(found.port()).isPositive();
      }
    }
    assertThat(cluster.image().topic("__consumer_offsets").partitions()).hasSize(3);
    assertThat(cluster.image().topicConfig("__consumer_offsets"))
        .containsEntry("cleanup.policy", "compact")
        .containsEntry("segment.bytes", "104857600");
  }

  @Test
  void withoutTheTopicNothingIsCoordinatedHere() {
    assertThat(heartbeat(0, "g", "m", 1)).isEqualTo(Errors.NOT_COORDINATOR);
  }

  private Errors heartbeat(int version, String group, String member, int generation) {
    return Errors.forCode(
        ask(
                version,
                new HeartbeatRequestData()
                    .setGroupId(group)
                    .setMemberId(member)
                    .setGenerationId(generation),
                HeartbeatResponseData.class)
            .errorCode());
  }

  private JoinGroupResponseData join(int version, String group) {
    JoinGroupRequestData request =
        new JoinGroupRequestData()
            .setGroupId(group)
            .setMemberId("")
            .setSessionTimeoutMs(10_000)
            .setProtocolType("consumer");
    if (version >= 1) {
      request.setRebalanceTimeoutMs(20_000);
    }
    request
        .protocols()
        .add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[] {0, 0}));
    JoinGroupResponseData response = ask(version, request, JoinGroupResponseData.class);
    if (version >= 4) {
      assertThat(response.errorCode()).isEqualTo(Errors.MEMBER_ID_REQUIRED.code());
      response =
          ask(
              version,
              request.duplicate().setMemberId(response.memberId()),
              JoinGroupResponseData.class);
    }
    return response;
  }

  private SyncGroupResponseData sync(int version, String group, String member) {
    SyncGroupRequestData request =
        new SyncGroupRequestData().setGroupId(group).setMemberId(member).setGenerationId(1);
    request
        .assignments()
        .add(new SyncGroupRequestAssignment().setMemberId(member).setAssignment(new byte[] {7}));
    if (version >= 5) {
      request.setProtocolType("consumer").setProtocolName("range");
    }
    return ask(version, request, SyncGroupResponseData.class);
  }

  private Errors leave(int version, String group, String member) {
    LeaveGroupRequestData request = new LeaveGroupRequestData().setGroupId(group);
    if (version >= 3) {
      request.members().add(new MemberIdentity().setMemberId(member));
    } else {
      request.setMemberId(member);
    }
    LeaveGroupResponseData response = ask(version, request, LeaveGroupResponseData.class);
    return Errors.forCode(
        version >= 3 && response.errorCode() == 0
            ? response.members().get(0).errorCode()
            : response.errorCode());
  }

  @Test
  void membershipInEveryVersion() {
    lead();
    for (int v = 0; v <= latest(ApiKeys.JOIN_GROUP); v++) {
      String group = "join-" + v;
      JoinGroupResponseData joined = join(v, group);
      assertThat(joined.errorCode()).as("version %s", v).isZero();
      assertThat(joined.protocolName()).isEqualTo("range");
      assertThat(joined.leader()).isEqualTo(joined.memberId());
      int syncVersion = Math.min(v, latest(ApiKeys.SYNC_GROUP));
      assertThat(sync(syncVersion, group, joined.memberId()).assignment())
          .containsExactly((byte) 7);
      int heartbeatVersion = Math.min(v, latest(ApiKeys.HEARTBEAT));
      assertThat(heartbeat(heartbeatVersion, group, joined.memberId(), 1)).isEqualTo(Errors.NONE);
      assertThat(heartbeat(heartbeatVersion, group, joined.memberId(), 2))
          .isEqualTo(Errors.ILLEGAL_GENERATION);
      int leaveVersion = Math.min(v, latest(ApiKeys.LEAVE_GROUP));
      assertThat(leave(leaveVersion, group, "nobody")).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
      assertThat(leave(leaveVersion, group, joined.memberId())).isEqualTo(Errors.NONE);
    }
  }

  @Test
  void describeListAndDeleteInEveryVersion() {
    lead();
    String member = join(0, "g").memberId();
    sync(0, "g", member);
    for (int v = 0; v <= latest(ApiKeys.DESCRIBE_GROUPS); v++) {
      var response =
          ask(
              v,
              new DescribeGroupsRequestData()
                  .setGroups(List.of("g", "none"))
                  .setIncludeAuthorizedOperations(v >= 3),
              DescribeGroupsResponseData.class);
      assertThat(response.groups().get(0).groupState()).isEqualTo("Stable");
      assertThat(response.groups().get(0).members().get(0).memberAssignment()).hasSize(1);
      assertThat(response.groups().get(0).members().get(0).clientId()).isEqualTo("tester");
      assertThat(response.groups().get(0).members().get(0).clientHost()).isEqualTo("/10.0.0.9");
      assertThat(response.groups().get(1).groupState()).isEqualTo("Dead");
      assertThat(Errors.forCode(response.groups().get(1).errorCode()))
          .isEqualTo(v >= 6 ? Errors.GROUP_ID_NOT_FOUND : Errors.NONE);
    }
    for (int v = 0; v <= latest(ApiKeys.LIST_GROUPS); v++) {
      ListGroupsRequestData request = new ListGroupsRequestData();
      if (v >= 4) {
        request.setStatesFilter(List.of("STABLE"));
      }
      var response = ask(v, request, ListGroupsResponseData.class);
      assertThat(response.errorCode()).isZero();
      assertThat(response.groups()).hasSize(1);
    }
    for (int v = 0; v <= latest(ApiKeys.DELETE_GROUPS); v++) {
      var response =
          ask(
              v,
              new DeleteGroupsRequestData().setGroupsNames(List.of("g", "none")),
              DeleteGroupsResponseData.class);
      assertThat(response.results().find("g").errorCode()).isEqualTo(Errors.NON_EMPTY_GROUP.code());
      assertThat(response.results().find("none").errorCode())
          .isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
    }
  }

  private OffsetCommitRequestData commitRequest(int version, Uuid id, String name, int partition) {
    OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic();
    if (version >= 10) {
      topic.setTopicId(id);
    } else {
      topic.setName(name);
    }
    topic.setPartitions(
        List.of(
            new OffsetCommitRequestPartition()
                .setPartitionIndex(partition)
                .setCommittedOffset(100 + version)));
    OffsetCommitRequestData request = new OffsetCommitRequestData().setGroupId("g");
    request.setTopics(List.of(topic));
    return request;
  }

  private Errors commit(int version, Uuid id, String name, int partition) {
    var response =
        ask(version, commitRequest(version, id, name, partition), OffsetCommitResponseData.class);
    assertThat(response.topics()).hasSize(1);
    if (version >= 10) {
      assertThat(response.topics().get(0).topicId()).isEqualTo(id);
    }
    return Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
  }

  @Test
  void offsetsInEveryVersion() {
    lead();
    for (short v = ApiKeys.OFFSET_COMMIT.oldestVersion(); v <= latest(ApiKeys.OFFSET_COMMIT); v++) {
      assertThat(commit(v, topicId, "t", 1)).isEqualTo(Errors.NONE);
      assertThat(commit(v, topicId, "t", 2)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
      assertThat(commit(v, Uuid.fromString("AAAAAAAAAAAAAAAAAAAAQQ"), "x", 0))
          .isEqualTo(v >= 10 ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
      for (short f = ApiKeys.OFFSET_FETCH.oldestVersion(); f <= latest(ApiKeys.OFFSET_FETCH); f++) {
        assertThat(fetch(f, false)).as("commit %s, fetch %s", v, f).isEqualTo(100 + v);
        if (f >= 2) {
          assertThat(fetch(f, true)).isEqualTo(100 + v);
        }
      }
    }
    OffsetDeleteRequestData delete = new OffsetDeleteRequestData().setGroupId("g");
    OffsetDeleteRequestTopic topic = new OffsetDeleteRequestTopic().setName("t");
    topic.setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(1)));
    delete.topics().add(topic);
    assertThat(ask(0, delete, OffsetDeleteResponseData.class).errorCode()).isZero();
    assertThat(fetch(8, false)).isEqualTo(-1);
  }

  private long fetch(int version, boolean all) {
    OffsetFetchRequestData request = new OffsetFetchRequestData();
    if (version >= 8) {
      OffsetFetchRequestTopics topic = new OffsetFetchRequestTopics();
      topic.setPartitionIndexes(List.of(1));
      if (version >= 10) {
        topic.setTopicId(topicId);
      } else {
        topic.setName("t");
      }
      request.setGroups(
          List.of(
              new OffsetFetchRequestGroup().setGroupId("g").setTopics(all ? null : List.of(topic)),
              new OffsetFetchRequestGroup().setGroupId("other").setTopics(null)));
    } else {
      OffsetFetchRequestTopic topic = new OffsetFetchRequestTopic().setName("t");
      topic.setPartitionIndexes(List.of(1));
      request.setGroupId("g").setTopics(all ? null : List.of(topic));
    }
    var response = ask(version, request, OffsetFetchResponseData.class);
    assertThat(response.errorCode()).isZero();
    if (version < 8) {
      return response.topics().get(0).partitions().get(0).committedOffset();
    }
    assertThat(response.groups()).hasSize(2);
    assertThat(response.groups().get(0).errorCode()).isZero();
    if (version >= 10) {
      assertThat(response.groups().get(0).topics().get(0).topicId()).isEqualTo(topicId);
    }
    return response.groups().get(0).topics().get(0).partitions().get(0).committedOffset();
  }

  @Test
  void errorResponsesSerialiseInEveryVersion() {
    int checked = 0;
    for (ApiHandler<?> handler : handlers) {
      for (short v = handler.minVersion(); v <= handler.maxVersion(); v++) {
        ApiMessage error = errorOf(handler, v);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(error.size(cache, v));
        error.write(new ByteBufferAccessor(bytes), cache, v);
        assertThat(bytes.remaining()).isZero();
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(60);
  }

  private <Q> ApiMessage errorOf(ApiHandler<Q> handler, short version) {
    ApiMessage request = handler.apiKey().messageType.newRequest();
    if (request instanceof OffsetCommitRequestData) {
      request = commitRequest(version, topicId, "t", 0);
    }
    return (ApiMessage)
        handler.errorResponse(
            handler.requestType().cast(request), version, Errors.UNKNOWN_SERVER_ERROR, "why");
  }
}
