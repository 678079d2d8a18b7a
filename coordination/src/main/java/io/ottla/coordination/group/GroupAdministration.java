package io.ottla.coordination.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;

/** ListGroups, DescribeGroups and DeleteGroups. */
final class GroupAdministration {
  private static final String CLASSIC = "classic";

  private final ShardContext shard;

  GroupAdministration(ShardContext shard) {
    this.shard = shard;
  }

  /** Filters are lower case; an empty one lets everything pass. */
  void list(
      Set<String> states, Set<String> types, Reply<List<ListedGroup>> reply, Effects effects) {
    List<ListedGroup> list = new ArrayList<>();
    if (types.isEmpty() || types.contains(CLASSIC)) {
      for (Group group : shard.groups.values()) {
        String state = group.state().wireName();
        if (states.isEmpty() || states.contains(state.toLowerCase(Locale.ROOT))) {
          list.add(
              new ListedGroup()
                  .setGroupId(group.id)
                  .setProtocolType(group.protocolType)
                  .setGroupState(state)
                  .setGroupType(CLASSIC));
        }
      }
    }
    effects.answer(reply, list);
  }

  /** An unknown group is described as dead; newer versions also expect an error, see the caller. */
  void describe(String groupId, Reply<DescribedGroup> reply, Effects effects) {
    DescribedGroup description = new DescribedGroup().setGroupId(groupId);
    if (!shard.validGroupId(groupId, false)) {
      effects.answerNow(reply, description.setErrorCode(Errors.INVALID_GROUP_ID.code()));
      return;
    }
    Group group = shard.group(groupId);
    if (group == null) {
      effects.answer(reply, description.setGroupState(GroupState.DEAD.wireName()));
      return;
    }
    boolean stable = group.is(GroupState.STABLE);
    description
        .setGroupState(group.state().wireName())
        .setProtocolType(group.protocolType)
        .setProtocolData(stable ? group.protocolName : "");
    for (Member member : group.members.values()) {
      DescribedGroupMember shown =
          new DescribedGroupMember()
              .setMemberId(member.id())
              .setGroupInstanceId(member.instanceId)
              .setClientId(member.clientId)
              .setClientHost(member.clientHost);
      if (stable) {
        shown.setMemberMetadata(member.metadata(group.protocolName).bytes());
        shown.setMemberAssignment(member.assignment.bytes());
      }
      description.members().add(shown);
    }
    effects.answer(reply, description);
  }

  void delete(String groupId, Now now, Reply<DeletableGroupResult> reply, Effects effects) {
    DeletableGroupResult result = new DeletableGroupResult().setGroupId(groupId);
    Group group = shard.group(groupId);
    if (!shard.validGroupId(groupId, false)) {
      effects.answerNow(reply, result.setErrorCode(Errors.INVALID_GROUP_ID.code()));
    } else if (group == null) {
      effects.answerNow(reply, result.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code()));
    } else if (!group.is(GroupState.EMPTY)) {
      effects.answerNow(reply, result.setErrorCode(Errors.NON_EMPTY_GROUP.code()));
    } else {
      group.pendingMembers.values().forEach(shard.timers::cancel);
      group.pendingMembers.clear();
      Offsets.bury(group, effects);
      shard.forgetIfVoid(group, now);
      effects.answer(reply, result);
    }
  }
}
