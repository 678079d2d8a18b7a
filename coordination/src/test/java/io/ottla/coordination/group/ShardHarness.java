package io.ottla.coordination.group;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/** Drives one shard as core.state would, with an append that succeeds or fails as the test says. */
final class ShardHarness {
  /** Keeps the answer; a second one is a failure of the test. */
  static final class Answer<T> implements Reply<T> {
    T response;
    Errors failure;

    @Override
    public void complete(T value) {
      once();
      response = value;
    }

    @Override
    public void fail(Errors error) {
      once();
      failure = error;
    }

    private void once() {
      if (done()) {
        throw new AssertionError("answered twice");
      }
    }

    boolean done() {
      return response != null || failure != null;
    }
  }

  static final String GROUP = "g";
  final List<GroupRecord> log = new ArrayList<>();
  final AtomicInteger ids = new AtomicInteger();
  GroupConfig config;
  GroupShard shard;
  long nowMs = 1_000_000;

  /** Not null: the next append is refused with it. */
  Errors refuseAppend;

  ShardHarness() {
    this(GroupConfig.defaults().withInitialRebalanceDelayMs(0));
  }

  ShardHarness(GroupConfig config) {
    this.config = config;
    this.shard = new GroupShard(config, () -> "u" + ids.incrementAndGet());
    shard.loaded(now());
  }

  Now now() {
    return new Now(nowMs, 1_700_000_000_000L + nowMs);
  }

  void run(Effects effects) {
    effects.immediate().forEach(Runnable::run);
    if (!effects.records().isEmpty() && refuseAppend != null) {
      Errors error = refuseAppend;
      refuseAppend = null;
      effects.afterCommit().forEach(answer -> answer.fail(error));
      run(effects.refused(error, now()));
      return;
    }
    for (GroupRecord record : effects.records()) {
      log.add(record);
      shard.replay(record);
    }
    effects.afterCommit().forEach(Effects.Answer::send);
  }

  void advance(long ms) {
    long end = nowMs + ms;
    while (shard.nextDeadlineMs() <= end) {
      nowMs = Math.max(nowMs, shard.nextDeadlineMs());
      run(shard.onTimer(now()));
    }
    nowMs = end;
  }

  /** A new coordinator takes over with what the log has. */
  void failOver() {
    run(shard.unload(Errors.NOT_COORDINATOR));
    shard = new GroupShard(config, () -> "u" + ids.incrementAndGet());
    log.forEach(shard::replay);
    shard.loaded(now());
  }

  static JoinGroupRequestData joinRequest(String memberId, String instanceId, String... protocols) {
    JoinGroupRequestProtocolCollection offered = new JoinGroupRequestProtocolCollection();
    for (String protocol : protocols) {
      int colon = protocol.indexOf(':');
      String name = colon < 0 ? protocol : protocol.substring(0, colon);
      String data = colon < 0 ? "" : protocol.substring(colon + 1);
      offered.add(
          new JoinGroupRequestProtocol()
              .setName(name)
              .setMetadata(data.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
    return new JoinGroupRequestData()
        .setGroupId(GROUP)
        .setSessionTimeoutMs(10_000)
        .setRebalanceTimeoutMs(60_000)
        .setMemberId(memberId)
        .setGroupInstanceId(instanceId)
        .setProtocolType("test")
        .setProtocols(offered);
  }

  Answer<JoinGroupResponseData> join(JoinGroupRequestData request, int version) {
    Answer<JoinGroupResponseData> answer = new Answer<>();
    run(
        shard.join(
            new ClientOrigin("client", "/127.0.0.1"), request, (short) version, now(), answer));
    return answer;
  }

  /** Version 3: joins at once, without the round trip for an id. */
  Answer<JoinGroupResponseData> join(String memberId, String... protocols) {
    return join(joinRequest(memberId, null, protocols), 3);
  }

  Answer<JoinGroupResponseData> joinStatic(String memberId, String instance, String... protocols) {
    return join(joinRequest(memberId, instance, protocols), 9);
  }

  Answer<SyncGroupResponseData> sync(String memberId, int generation, String... memberAndPart) {
    SyncGroupRequestData request =
        new SyncGroupRequestData()
            .setGroupId(GROUP)
            .setMemberId(memberId)
            .setGenerationId(generation);
    for (int i = 0; i < memberAndPart.length; i += 2) {
      request
          .assignments()
          .add(
              new SyncGroupRequestAssignment()
                  .setMemberId(memberAndPart[i])
                  .setAssignment(
                      memberAndPart[i + 1].getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
    return sync(request);
  }

  Answer<SyncGroupResponseData> sync(SyncGroupRequestData request) {
    Answer<SyncGroupResponseData> answer = new Answer<>();
    run(shard.sync(request, now(), answer));
    return answer;
  }

  Errors heartbeat(String memberId, int generation) {
    return heartbeat(memberId, null, generation);
  }

  Errors heartbeat(String memberId, String instanceId, int generation) {
    Answer<HeartbeatResponseData> answer = new Answer<>();
    run(
        shard.heartbeat(
            new HeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generation),
            now(),
            answer));
    return Errors.forCode(answer.response.errorCode());
  }

  Errors leave(String memberId, String instanceId) {
    Answer<LeaveGroupResponseData> answer = new Answer<>();
    LeaveGroupRequestData request = new LeaveGroupRequestData().setGroupId(GROUP);
    request
        .members()
        .add(new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId));
    run(shard.leave(request, now(), answer));
    return answer.response.errorCode() != 0
        ? Errors.forCode(answer.response.errorCode())
        : Errors.forCode(answer.response.members().get(0).errorCode());
  }

  static OffsetCommitRequestData commitRequest(String memberId, int generation, long offset) {
    OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic().setName("t");
    topic
        .partitions()
        .add(
            new OffsetCommitRequestPartition()
                .setPartitionIndex(0)
                .setCommittedOffset(offset)
                .setCommittedLeaderEpoch(3)
                .setCommittedMetadata("m"));
    OffsetCommitRequestData request =
        new OffsetCommitRequestData()
            .setGroupId(GROUP)
            .setMemberId(memberId)
            .setGenerationIdOrMemberEpoch(generation);
    request.topics().add(topic);
    return request;
  }

  Answer<OffsetCommitResponseData> commit(OffsetCommitRequestData request) {
    Answer<OffsetCommitResponseData> answer = new Answer<>();
    run(shard.commitOffsets(request, now(), answer));
    return answer;
  }

  Errors commit(String memberId, int generation, long offset) {
    Answer<OffsetCommitResponseData> answer = commit(commitRequest(memberId, generation, offset));
    return answer.failure != null
        ? answer.failure
        : Errors.forCode(answer.response.topics().get(0).partitions().get(0).errorCode());
  }

  long committed(String topic, int partition) {
    Answer<OffsetFetchResponseGroup> answer = new Answer<>();
    OffsetFetchRequestTopics asked = new OffsetFetchRequestTopics().setName(topic);
    asked.setPartitionIndexes(List.of(partition));
    OffsetFetchRequestGroup request = new OffsetFetchRequestGroup().setGroupId(GROUP);
    request.setTopics(List.of(asked));
    run(shard.fetchOffsets(request, answer));
    return answer.response.topics().get(0).partitions().get(0).committedOffset();
  }

  DescribedGroup describe() {
    Answer<DescribedGroup> answer = new Answer<>();
    run(shard.describeGroup(GROUP, answer));
    return answer.response;
  }

  String state() {
    return describe().groupState();
  }

  /** One member, generation 1, Stable; returns its id. */
  String stableWithOne() {
    String id = join("", "p").response.memberId();
    sync(id, 1, id, "all");
    return id;
  }

  static Errors error(Answer<JoinGroupResponseData> answer) {
    return answer.failure != null ? answer.failure : Errors.forCode(answer.response.errorCode());
  }

  static Errors syncError(Answer<SyncGroupResponseData> answer) {
    return answer.failure != null ? answer.failure : Errors.forCode(answer.response.errorCode());
  }
}
