package io.ottla.coordination.group;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/** What the operations of one shard share. Owned by its {@link GroupShard}. */
final class ShardContext {
  final GroupConfig config;
  final TimerQueue timers = new TimerQueue();
  final Map<String, Group> groups = new TreeMap<>();
  private final Supplier<String> uniqueIds;

  ShardContext(GroupConfig config, Supplier<String> uniqueIds) {
    this.config = config;
    this.uniqueIds = uniqueIds;
  }

  String newMemberId(String prefix) {
    return prefix + "-" + uniqueIds.get();
  }

  /** Null when there is none. */
  Group group(String id) {
    return groups.get(id);
  }

  boolean full() {
    return groups.size() >= config.maxGroups();
  }

  Group getOrCreate(String id) {
    return groups.computeIfAbsent(id, Group::new);
  }

  /** Forgets a group of which nothing is left; its timers find it dead. */
  void forgetIfVoid(Group group, Now now) {
    if (group.isVoid() && groups.get(group.id) == group) {
      group.transitionTo(GroupState.DEAD, now);
      timers.cancel(group.joinTimer);
      timers.cancel(group.syncTimer);
      groups.remove(group.id);
    }
  }

  /** The empty group id is allowed only where offsets alone are concerned. */
  boolean validGroupId(String id, boolean emptyAllowed) {
    return id != null
        && id.length() <= config.maxGroupIdLength()
        && (emptyAllowed || !id.isEmpty());
  }

  /** NONE when (member id, instance id) names a current member of the group. */
  static Errors checkMember(Group group, String memberId, String instanceId) {
    if (instanceId != null) {
      String current = group.staticMembers.get(instanceId);
      if (current != null && !current.equals(memberId)) {
        return Errors.FENCED_INSTANCE_ID;
      }
      if (current == null) {
        return Errors.UNKNOWN_MEMBER_ID;
      }
    }
    return group.members.containsKey(memberId) ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;
  }
}
