package io.ottla.coordination.group;

import java.util.List;

/**
 * What the log keeps of a group.
 *
 * @param protocolType never null, "" for none
 * @param protocol null when the group has no members
 * @param leaderId null when the group has no members
 * @param stateTimestampMs wall clock of the last change of state, -1 unknown
 */
public record GroupMetadata(
    String protocolType,
    int generation,
    String protocol,
    String leaderId,
    long stateTimestampMs,
    List<MemberMetadata> members) {
  public GroupMetadata {
    members = List.copyOf(members);
  }
}
