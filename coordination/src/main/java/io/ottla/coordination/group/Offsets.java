package io.ottla.coordination.group;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;

/** OffsetCommit, OffsetFetch and OffsetDelete; topics by name, existence checked by the caller. */
final class Offsets {
  private final ShardContext shard;
  private final Rebalance rebalance;

  Offsets(ShardContext shard, Rebalance rebalance) {
    this.shard = shard;
    this.rebalance = rebalance;
  }

  void commit(
      OffsetCommitRequestData request,
      Now now,
      Reply<OffsetCommitResponseData> reply,
      Effects effects) {
    Errors refusal = checkCommit(request, now);
    OffsetCommitResponseData response = new OffsetCommitResponseData();
    for (OffsetCommitRequestTopic topic : request.topics()) {
      OffsetCommitResponseTopic answer =
          new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
      for (OffsetCommitRequestPartition partition : topic.partitions()) {
        Errors error = refusal;
        if (error == Errors.NONE) {
          error = commit(request, topic.name(), partition, now, effects);
        }
        answer
            .partitions()
            .add(
                new OffsetCommitResponsePartition()
                    .setPartitionIndex(partition.partitionIndex())
                    .setErrorCode(error.code()));
      }
      response.topics().add(answer);
    }
    if (effects.records().isEmpty()) {
      effects.answerNow(reply, response);
    } else {
      effects.answer(reply, response);
    }
  }

  private Errors commit(
      OffsetCommitRequestData request,
      String topic,
      OffsetCommitRequestPartition partition,
      Now now,
      Effects effects) {
    String metadata = partition.committedMetadata() == null ? "" : partition.committedMetadata();
    // A character takes at most three bytes: short strings need no encoding to be measured.
    if (metadata.length() * 3L > shard.config.maxMetadataBytes()
        && metadata.getBytes(UTF_8).length > shard.config.maxMetadataBytes()) {
      return Errors.OFFSET_METADATA_TOO_LARGE;
    }
    long retention = request.retentionTimeMs();
    effects.append(
        new GroupRecord.Offset(
            request.groupId(),
            topic,
            partition.partitionIndex(),
            new CommittedOffset(
                partition.committedOffset(),
                partition.committedLeaderEpoch(),
                metadata,
                now.wallMs(),
                retention < 0 ? -1L : now.wallMs() + retention)));
    return Errors.NONE;
  }

  private Errors checkCommit(OffsetCommitRequestData request, Now now) {
    if (!shard.validGroupId(request.groupId(), true)) {
      return Errors.INVALID_GROUP_ID;
    }
    int generation = request.generationIdOrMemberEpoch();
    Group group = shard.group(request.groupId());
    if (group == null) {
      if (generation >= 0) {
        return Errors.ILLEGAL_GENERATION;
      }
      return shard.full() ? Errors.GROUP_MAX_SIZE_REACHED : Errors.NONE;
    }
    if (generation < 0 && group.is(GroupState.EMPTY)) {
      return Errors.NONE;
    }
    if (group.members.isEmpty() && request.groupInstanceId() == null) {
      return generation >= 0 ? Errors.ILLEGAL_GENERATION : Errors.UNKNOWN_MEMBER_ID;
    }
    Errors membership =
        ShardContext.checkMember(group, request.memberId(), request.groupInstanceId());
    if (membership != Errors.NONE) {
      return membership;
    }
    if (generation != group.generation) {
      return Errors.ILLEGAL_GENERATION;
    }
    return switch (group.state()) {
      case COMPLETING_REBALANCE -> Errors.REBALANCE_IN_PROGRESS;
      case DEAD -> Errors.COORDINATOR_NOT_AVAILABLE;
      case EMPTY, PREPARING_REBALANCE, STABLE -> {
        rebalance.restartSession(group.members.get(request.memberId()), now);
        yield Errors.NONE;
      }
    };
  }

  void fetch(
      OffsetFetchRequestGroup request, Reply<OffsetFetchResponseGroup> reply, Effects effects) {
    OffsetFetchResponseGroup response =
        new OffsetFetchResponseGroup().setGroupId(request.groupId());
    if (!shard.validGroupId(request.groupId(), true)) {
      effects.answerNow(reply, response.setErrorCode(Errors.INVALID_GROUP_ID.code()));
      return;
    }
    Group group = shard.group(request.groupId());
    if (request.topics() == null) {
      if (group != null) {
        group.offsets().forEach((topic, ofTopic) -> response.topics().add(all(topic, ofTopic)));
      }
    } else {
      for (OffsetFetchRequestTopics topic : request.topics()) {
        OffsetFetchResponseTopics answer =
            new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
        for (int partition : topic.partitionIndexes()) {
          Optional<CommittedOffset> offset =
              group == null ? Optional.empty() : group.offset(topic.name(), partition);
          answer.partitions().add(position(partition, offset));
        }
        response.topics().add(answer);
      }
    }
    effects.answer(reply, response);
  }

  private static OffsetFetchResponseTopics all(
      String topic, Map<Integer, CommittedOffset> offsets) {
    OffsetFetchResponseTopics answer = new OffsetFetchResponseTopics().setName(topic);
    offsets.forEach(
        (partition, offset) -> answer.partitions().add(position(partition, Optional.of(offset))));
    return answer;
  }

  private static OffsetFetchResponsePartitions position(
      int partition, Optional<CommittedOffset> offset) {
    return new OffsetFetchResponsePartitions()
        .setPartitionIndex(partition)
        .setCommittedOffset(offset.map(CommittedOffset::offset).orElse(-1L))
        .setCommittedLeaderEpoch(offset.map(CommittedOffset::leaderEpoch).orElse(-1))
        .setMetadata(offset.map(CommittedOffset::metadata).orElse(""));
  }

  void delete(
      OffsetDeleteRequestData request,
      Now now,
      Reply<OffsetDeleteResponseData> reply,
      Effects effects) {
    Group group = shard.group(request.groupId());
    Errors refusal = checkDelete(group, request.groupId());
    if (refusal != Errors.NONE) {
      effects.answerNow(reply, new OffsetDeleteResponseData().setErrorCode(refusal.code()));
      return;
    }
    Optional<Set<String>> subscribed =
        group.members.isEmpty() ? Optional.of(Set.of()) : group.subscribedTopics();
    OffsetDeleteResponseData response = new OffsetDeleteResponseData();
    List<GroupRecord> tombstones = new ArrayList<>();
    for (OffsetDeleteRequestTopic topic : request.topics()) {
      OffsetDeleteResponseTopic answer = new OffsetDeleteResponseTopic().setName(topic.name());
      boolean inUse = subscribed.isEmpty() || subscribed.get().contains(topic.name());
      for (OffsetDeleteRequestPartition partition : topic.partitions()) {
        int index = partition.partitionIndex();
        if (!inUse && group.offset(topic.name(), index).isPresent()) {
          tombstones.add(new GroupRecord.Offset(group.id, topic.name(), index, null));
        }
        Errors error = inUse ? Errors.GROUP_SUBSCRIBED_TO_TOPIC : Errors.NONE;
        answer
            .partitions()
            .add(
                new OffsetDeleteResponsePartition()
                    .setPartitionIndex(index)
                    .setErrorCode(error.code()));
      }
      response.topics().add(answer);
    }
    if (!tombstones.isEmpty()) {
      tombstones.forEach(effects::append);
      effects.allowSplit();
      group.event(now, "offsets deleted", "", tombstones.size() + " partitions, by request");
    }
    effects.answer(reply, response);
  }

  private Errors checkDelete(Group group, String groupId) {
    if (!shard.validGroupId(groupId, false)) {
      return Errors.INVALID_GROUP_ID;
    }
    if (group == null) {
      return Errors.GROUP_ID_NOT_FOUND;
    }
    boolean others =
        !group.members.isEmpty() && !ConsumerSubscription.PROTOCOL_TYPE.equals(group.protocolType);
    return others ? Errors.NON_EMPTY_GROUP : Errors.NONE;
  }

  /** Tombstones of a whole group: every offset, then the group itself. */
  static void bury(Group group, Effects effects) {
    for (Map.Entry<String, Map<Integer, CommittedOffset>> topic : group.offsets().entrySet()) {
      for (int partition : topic.getValue().keySet()) {
        effects.append(new GroupRecord.Offset(group.id, topic.getKey(), partition, null));
      }
    }
    if (group.stored() != null) {
      effects.append(new GroupRecord.Metadata(group.id, null));
    }
    effects.allowSplit();
  }
}
