package io.ottla.coordination.group;

import io.ottla.coordination.group.TimerQueue.Timer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.message.JoinGroupResponseData;

/**
 * One group: what the log keeps ({@link #stored}, {@link #offsets}; changed by replay alone) and
 * what lives only here (phase, members, who waits, timers). Always true: the leader is a member;
 * {@code awaitingJoin} counts the members with a waiting join; phases change only along {@link
 * GroupState#predecessors()}. Owned by its {@link GroupShard}.
 */
final class Group {
  private static final int EVENTS_KEPT = 64;

  final String id;
  final Map<String, Member> members = new LinkedHashMap<>();
  final Map<String, String> staticMembers = new HashMap<>();

  /** Ids given out by MEMBER_ID_REQUIRED and not used yet. */
  final Map<String, Timer> pendingMembers = new HashMap<>();

  /** Members of this generation that did not send SyncGroup yet. */
  final Set<String> pendingSync = new HashSet<>();

  final Timer joinTimer;
  final Timer syncTimer;
  String protocolType = "";
  String protocolName;
  String leaderId;
  int generation;
  long stateTimestampMs = -1;

  /** Set while the first generation of an empty group is delayed: the rest of that delay. */
  long initialDelayLeftMs = -1;

  boolean joinedDuringDelay;
  private GroupState state = GroupState.EMPTY;
  private int awaitingJoin;
  private final Map<String, Integer> protocolSupport = new HashMap<>();
  private final Deque<GroupEvent> events = new ArrayDeque<>();
  private final Map<String, Map<Integer, CommittedOffset>> offsets = new TreeMap<>();
  private GroupMetadata stored;

  Group(String id) {
    this.id = id;
    this.joinTimer = new Timer(TimerQueue.Kind.JOIN, this, "");
    this.syncTimer = new Timer(TimerQueue.Kind.SYNC, this, "");
  }

  // ---- durable part: replay alone writes it

  GroupMetadata stored() {
    return stored;
  }

  Map<String, Map<Integer, CommittedOffset>> offsets() {
    return offsets;
  }

  Optional<CommittedOffset> offset(String topic, int partition) {
    Map<Integer, CommittedOffset> ofTopic = offsets.get(topic);
    return ofTopic == null ? Optional.empty() : Optional.ofNullable(ofTopic.get(partition));
  }

  void replay(GroupRecord.Offset record) {
    if (record.value() != null) {
      offsets
          .computeIfAbsent(record.topic(), t -> new TreeMap<>())
          .put(record.partition(), record.value());
      return;
    }
    Map<Integer, CommittedOffset> ofTopic = offsets.get(record.topic());
    if (ofTopic != null) {
      ofTopic.remove(record.partition());
      if (ofTopic.isEmpty()) {
        offsets.remove(record.topic());
      }
    }
  }

  void replay(GroupRecord.Metadata record) {
    stored = record.value();
  }

  // ---- phase

  GroupState state() {
    return state;
  }

  boolean is(GroupState a) {
    return state == a;
  }

  void transitionTo(GroupState next, Now now) {
    if (!next.predecessors().contains(state)) {
      throw new IllegalStateException(
          "Group " + id + " cannot go from " + state + " to " + next + ".");
    }
    state = next;
    stateTimestampMs = now.wallMs();
  }

  /** Only for loading: takes the phase the log implies. */
  void restoreState(GroupState loaded) {
    state = loaded;
  }

  /** Whether nothing of the group is left in the log or here, so that it may be forgotten. */
  boolean isVoid() {
    return state == GroupState.EMPTY
        && stored == null
        && offsets.isEmpty()
        && members.isEmpty()
        && pendingMembers.isEmpty();
  }

  // ---- members

  void add(Member member) {
    if (members.isEmpty() && leaderId == null) {
      leaderId = member.id();
    }
    members.put(member.id(), member);
    if (member.isStatic()) {
      staticMembers.put(member.instanceId, member.id());
    }
    countProtocols(member, 1);
    if (leaderId == null) {
      leaderId = member.id();
    }
  }

  void remove(Member member) {
    members.remove(member.id());
    if (member.isStatic()) {
      staticMembers.remove(member.instanceId, member.id());
    }
    pendingSync.remove(member.id());
    countProtocols(member, -1);
    if (member.awaitsJoin()) {
      throw new IllegalStateException("Member " + member.id() + " of " + id + " still waits.");
    }
    if (member.id().equals(leaderId)) {
      leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
    }
  }

  /** The member keeps its place and assignment under a new id. */
  void rename(Member member, String newId) {
    String oldId = member.id();
    List<Member> inOrder = new ArrayList<>(members.values());
    member.rename(newId);
    members.clear();
    inOrder.forEach(m -> members.put(m.id(), m));
    staticMembers.put(member.instanceId, newId);
    if (pendingSync.remove(oldId)) {
      pendingSync.add(newId);
    }
    if (oldId.equals(leaderId)) {
      leaderId = newId;
    }
  }

  void updateProtocols(Member member, List<Member.Protocol> protocols) {
    countProtocols(member, -1);
    member.protocols = protocols;
    countProtocols(member, 1);
  }

  private void countProtocols(Member member, int by) {
    for (Member.Protocol protocol : member.protocols) {
      protocolSupport.merge(protocol.name(), by, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  /** Returns the reply that waited before, if any: the caller answers it. */
  Reply<JoinGroupResponseData> awaitJoin(Member member, Reply<JoinGroupResponseData> reply) {
    Reply<JoinGroupResponseData> previous = member.swapJoin(reply);
    awaitingJoin += (reply == null ? 0 : 1) - (previous == null ? 0 : 1);
    return previous;
  }

  int awaitingJoin() {
    return awaitingJoin;
  }

  boolean allJoined() {
    return awaitingJoin == members.size() && pendingMembers.isEmpty();
  }

  /** Moves leadership to a member that joined, if the leader did not; false when none did. */
  boolean electJoinedLeader() {
    Member leader = leaderId == null ? null : members.get(leaderId);
    if (leader != null && leader.awaitsJoin()) {
      return true;
    }
    for (Member member : members.values()) {
      if (member.awaitsJoin()) {
        leaderId = member.id();
        return true;
      }
    }
    return false;
  }

  int rebalanceTimeoutMs() {
    int longest = 0;
    for (Member member : members.values()) {
      longest = Math.max(longest, member.rebalanceTimeoutMs);
    }
    return longest;
  }

  // ---- protocols

  boolean supports(String type, List<Member.Protocol> protocols) {
    if (type.isEmpty() || protocols.isEmpty()) {
      return false;
    }
    if (members.isEmpty()) {
      return true;
    }
    if (!type.equals(protocolType)) {
      return false;
    }
    for (Member.Protocol protocol : protocols) {
      if (protocolSupport.getOrDefault(protocol.name(), 0) == members.size()) {
        return true;
      }
    }
    return false;
  }

  /** Every member votes for its most preferred protocol that all support; most votes win. */
  String selectProtocol() {
    Set<String> candidates = new LinkedHashSet<>();
    protocolSupport.forEach(
        (name, count) -> {
          if (count == members.size()) {
            candidates.add(name);
          }
        });
    Map<String, Integer> votes = new LinkedHashMap<>();
    for (Member member : members.values()) {
      String vote = member.vote(candidates);
      if (vote == null) {
        throw new IllegalStateException(
            "Members of group " + id + " share no protocol, which joining should have refused.");
      }
      votes.merge(vote, 1, Integer::sum);
    }
    String winner = null;
    for (Map.Entry<String, Integer> entry : votes.entrySet()) {
      if (winner == null || entry.getValue() > votes.get(winner)) {
        winner = entry.getKey();
      }
    }
    return winner;
  }

  /** Topics of all members; empty when that cannot be known, so nothing may be concluded. */
  Optional<Set<String>> subscribedTopics() {
    if (!ConsumerSubscription.PROTOCOL_TYPE.equals(protocolType) || protocolName == null) {
      return Optional.empty();
    }
    Set<String> all = new HashSet<>();
    for (Member member : members.values()) {
      Optional<Set<String>> topics = ConsumerSubscription.topics(member.metadata(protocolName));
      if (topics.isEmpty()) {
        return Optional.empty();
      }
      all.addAll(topics.get());
    }
    return Optional.of(all);
  }

  /** The group as the log should know it. */
  GroupMetadata snapshot() {
    List<MemberMetadata> list = new ArrayList<>(members.size());
    for (Member m : members.values()) {
      list.add(
          new MemberMetadata(
              m.id(),
              m.instanceId,
              m.clientId,
              m.clientHost,
              m.rebalanceTimeoutMs,
              m.sessionTimeoutMs,
              m.metadata(protocolName),
              m.assignment));
    }
    return new GroupMetadata(
        protocolType, generation, protocolName, leaderId, stateTimestampMs, list);
  }

  // ---- history

  void event(Now now, String what, String member, String why) {
    if (events.size() == EVENTS_KEPT) {
      events.removeFirst();
    }
    events.addLast(new GroupEvent(now.wallMs(), generation, what, member, why));
  }

  List<GroupEvent> events() {
    return List.copyOf(events);
  }
}
