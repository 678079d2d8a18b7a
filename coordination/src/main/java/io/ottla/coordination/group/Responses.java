package io.ottla.coordination.group;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/** Builds the answers of the classic protocol. */
public final class Responses {
  private Responses() {}

  public static JoinGroupResponseData joinError(String memberId, Errors error) {
    return new JoinGroupResponseData()
        .setErrorCode(error.code())
        .setGenerationId(-1)
        .setProtocolName(null)
        .setLeader("")
        .setMemberId(memberId == null ? "" : memberId);
  }

  static JoinGroupResponseData joined(Group group, Member member, boolean listMembers) {
    return new JoinGroupResponseData()
        .setGenerationId(group.generation)
        .setProtocolType(group.protocolType)
        .setProtocolName(group.protocolName)
        .setLeader(group.leaderId)
        .setMemberId(member.id())
        .setMembers(listMembers ? members(group) : List.of());
  }

  static List<JoinGroupResponseMember> members(Group group) {
    List<JoinGroupResponseMember> list = new ArrayList<>(group.members.size());
    for (Member member : group.members.values()) {
      list.add(
          new JoinGroupResponseMember()
              .setMemberId(member.id())
              .setGroupInstanceId(member.instanceId)
              .setMetadata(member.metadata(group.protocolName).bytes()));
    }
    return list;
  }

  public static SyncGroupResponseData syncError(Errors error) {
    return new SyncGroupResponseData().setErrorCode(error.code());
  }

  static SyncGroupResponseData synced(Group group, Member member) {
    return new SyncGroupResponseData()
        .setProtocolType(group.protocolType)
        .setProtocolName(group.protocolName)
        .setAssignment(member.assignment.bytes());
  }

  public static HeartbeatResponseData heartbeat(Errors error) {
    return new HeartbeatResponseData().setErrorCode(error.code());
  }
}
