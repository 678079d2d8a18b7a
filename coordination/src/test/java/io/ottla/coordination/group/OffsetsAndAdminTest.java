package io.ottla.coordination.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class OffsetsAndAdminTest {
  private static final long HOUR = 3_600_000;
  private final ShardHarness h =
      new ShardHarness(
          GroupConfig.defaults()
              .withInitialRebalanceDelayMs(0)
              .withOffsets(8, 10 * HOUR, HOUR / 6)
              .withSessionTimeouts(1, Integer.MAX_VALUE));

  private String subscribed(String topic) {
    var request = ShardHarness.joinRequest("", null, "range").setProtocolType("consumer");
    byte[] metadata = {0, 0, 0, 0, 0, 1, 0, 1, (byte) topic.charAt(0)};
    request.protocols().find("range").setMetadata(metadata);
    String id = h.join(request.setSessionTimeoutMs(Integer.MAX_VALUE), 3).response.memberId();
    h.sync(id, 1, id, "x");
    return id;
  }

  private List<ListedGroup> list(Set<String> states, Set<String> types) {
    ShardHarness.Answer<List<ListedGroup>> answer = new ShardHarness.Answer<>();
    h.run(h.shard.listGroups(states, types, answer));
    return answer.response;
  }

  private Errors delete() {
    ShardHarness.Answer<DeletableGroupResult> answer = new ShardHarness.Answer<>();
    h.run(h.shard.deleteGroup(ShardHarness.GROUP, h.now(), answer));
    return Errors.forCode(answer.response.errorCode());
  }

  private OffsetDeleteResponseData deleteOffset(String topic) {
    OffsetDeleteRequestTopic named = new OffsetDeleteRequestTopic().setName(topic);
    named.setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0)));
    OffsetDeleteRequestTopicCollection topics = new OffsetDeleteRequestTopicCollection();
    topics.add(named);
    ShardHarness.Answer<OffsetDeleteResponseData> answer = new ShardHarness.Answer<>();
    h.run(
        h.shard.deleteOffsets(
            new OffsetDeleteRequestData().setGroupId(ShardHarness.GROUP).setTopics(topics),
            h.now(),
            answer));
    return answer.response;
  }

  @Test
  void refusedCommitChangesNothing() {
    h.commit("", -1, 5);
    h.refuseAppend = Errors.NOT_ENOUGH_REPLICAS;
    assertThat(h.commit("", -1, 6)).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
    assertThat(h.committed("t", 0)).isEqualTo(5);
  }

  @Test
  void longMetadataIsRefusedPerPartition() {
    var request = ShardHarness.commitRequest("", -1, 5);
    request.topics().get(0).partitions().get(0).setCommittedMetadata("éééé");
    assertThat(error(h.commit(request))).isEqualTo(Errors.NONE);
    request.topics().get(0).partitions().get(0).setCommittedMetadata("ééééx");
    assertThat(error(h.commit(request))).isEqualTo(Errors.OFFSET_METADATA_TOO_LARGE);
  }

  private static Errors error(ShardHarness.Answer<OffsetCommitResponseData> answer) {
    return Errors.forCode(answer.response.topics().get(0).partitions().get(0).errorCode());
  }

  @Test
  void fetchOfAllTopicsAndOfUnknownGroups() {
    OffsetFetchRequestGroup all = new OffsetFetchRequestGroup().setGroupId("g").setTopics(null);
    ShardHarness.Answer<OffsetFetchResponseGroup> none = new ShardHarness.Answer<>();
    h.run(h.shard.fetchOffsets(all, none));
    assertThat(none.response.topics()).isEmpty();
    h.commit("", -1, 5);
    ShardHarness.Answer<OffsetFetchResponseGroup> some = new ShardHarness.Answer<>();
    h.run(h.shard.fetchOffsets(all, some));
    var partition = some.response.topics().get(0).partitions().get(0);
    assertThat(partition.committedOffset()).isEqualTo(5);
    assertThat(partition.committedLeaderEpoch()).isEqualTo(3);
    assertThat(partition.metadata()).isEqualTo("m");
  }

  @Test
  void simpleGroupExpiresByCommitTime() {
    h.commit("", -1, 5);
    h.advance(9 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(5);
    h.advance(2 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(-1);
    assertThat(h.shard.counts().groups()).isZero();
  }

  @Test
  void emptyGroupExpiresRetentionAfterItsLastMember() {
    String id = subscribed("t");
    h.commit(id, 1, 5);
    h.advance(20 * HOUR);
    assertThat(h.committed("t", 0)).as("subscribed").isEqualTo(5);
    h.leave(id, null);
    h.advance(9 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(5);
    h.advance(2 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(-1);
    assertThat(h.state()).isEqualTo("Dead");
    h.failOver();
    assertThat(h.shard.counts().groups()).isZero();
  }

  @Test
  void unsubscribedTopicOfAStableGroupExpires() {
    String id = subscribed("x");
    h.commit(id, 1, 5);
    h.advance(11 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(-1);
    assertThat(h.state()).isEqualTo("Stable");
  }

  @Test
  void explicitRetentionWins() {
    var request = ShardHarness.commitRequest("", -1, 5).setRetentionTimeMs(30 * HOUR);
    h.commit(request);
    h.advance(29 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(5);
    h.advance(2 * HOUR);
    assertThat(h.committed("t", 0)).isEqualTo(-1);
  }

  @Test
  void offsetDelete() {
    assertThat(deleteOffset("t").errorCode()).isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
    String id = subscribed("x");
    h.commit(id, 1, 5);
    assertThat(deleteOffset("x").topics().find("x").partitions().find(0).errorCode())
        .isEqualTo(Errors.GROUP_SUBSCRIBED_TO_TOPIC.code());
    assertThat(deleteOffset("t").topics().find("t").partitions().find(0).errorCode()).isZero();
    assertThat(h.committed("t", 0)).isEqualTo(-1);
    ShardHarness other = new ShardHarness();
    other.stableWithOne();
  }

  @Test
  void deleteGroupsOnlyWhenEmpty() {
    assertThat(delete()).isEqualTo(Errors.GROUP_ID_NOT_FOUND);
    String id = subscribed("t");
    h.commit(id, 1, 5);
    assertThat(delete()).isEqualTo(Errors.NON_EMPTY_GROUP);
    h.leave(id, null);
    assertThat(delete()).isEqualTo(Errors.NONE);
    assertThat(delete()).isEqualTo(Errors.GROUP_ID_NOT_FOUND);
    h.failOver();
    assertThat(h.committed("t", 0)).isEqualTo(-1);
  }

  @Test
  void listAndDescribe() {
    assertThat(h.state()).isEqualTo("Dead");
    String id = subscribed("t");
    assertThat(list(Set.of(), Set.of()))
        .extracting(ListedGroup::groupState)
        .containsExactly("Stable");
    assertThat(list(Set.of("stable"), Set.of("classic"))).hasSize(1);
    assertThat(list(Set.of("empty"), Set.of())).isEmpty();
    assertThat(list(Set.of(), Set.of("consumer"))).isEmpty();
    var described = h.describe();
    assertThat(described.protocolData()).isEqualTo("range");
    assertThat(described.members().get(0).memberId()).isEqualTo(id);
    assertThat(described.members().get(0).clientHost()).isEqualTo("/127.0.0.1");
    assertThat(described.members().get(0).memberAssignment()).hasSize(1);
  }

  @Test
  void unloadAnswersWhoWaits() {
    String id = h.stableWithOne();
    var joining = h.join("", "p");
    h.run(h.shard.unload(Errors.NOT_COORDINATOR));
    assertThat(joining.failure).isEqualTo(Errors.NOT_COORDINATOR);
    assertThat(id).isNotEmpty();
  }

  @Test
  void failOverKeepsMembersAndGivesThemANewSession() {
    String id = subscribed("t");
    h.commit(id, 1, 5);
    h.failOver();
    assertThat(h.state()).isEqualTo("Stable");
    assertThat(h.heartbeat(id, 1)).isEqualTo(Errors.NONE);
    assertThat(h.committed("t", 0)).isEqualTo(5);
    assertThat(h.shard.snapshot()).hasSize(2);
  }
}
