package io.ottla.coordination.group;

import io.ottla.coordination.group.TimerQueue.Timer;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;

/** One member of a classic group. Owned by its {@link Group}. */
final class Member {
  /** A protocol the member offers and its metadata for it. */
  record Protocol(String name, Blob metadata) {}

  private String memberId;
  final String instanceId;
  String clientId;
  String clientHost;
  int rebalanceTimeoutMs;
  int sessionTimeoutMs;
  List<Protocol> protocols;
  Blob assignment = Blob.EMPTY;

  /** True until the member is part of its first generation. */
  boolean isNew;

  Timer session;
  private Reply<JoinGroupResponseData> awaitingJoin;
  private Reply<SyncGroupResponseData> awaitingSync;

  Member(String memberId, String instanceId, ClientOrigin origin, List<Protocol> protocols) {
    this.memberId = memberId;
    this.instanceId = instanceId;
    this.clientId = origin.clientId();
    this.clientHost = origin.clientHost();
    this.protocols = protocols;
  }

  String id() {
    return memberId;
  }

  void rename(String newId) {
    memberId = newId;
  }

  boolean isStatic() {
    return instanceId != null;
  }

  boolean awaitsJoin() {
    return awaitingJoin != null;
  }

  boolean awaitsSync() {
    return awaitingSync != null;
  }

  /** Swaps the waiting join; {@link Group} counts them, so only it calls this. */
  Reply<JoinGroupResponseData> swapJoin(Reply<JoinGroupResponseData> next) {
    Reply<JoinGroupResponseData> previous = awaitingJoin;
    awaitingJoin = next;
    return previous;
  }

  Reply<SyncGroupResponseData> swapSync(Reply<SyncGroupResponseData> next) {
    Reply<SyncGroupResponseData> previous = awaitingSync;
    awaitingSync = next;
    return previous;
  }

  Blob metadata(String protocol) {
    for (Protocol offered : protocols) {
      if (offered.name().equals(protocol)) {
        return offered.metadata();
      }
    }
    return Blob.EMPTY;
  }

  /** The first of the member's protocols that is a candidate; null when there is none. */
  String vote(Set<String> candidates) {
    for (Protocol offered : protocols) {
      if (candidates.contains(offered.name())) {
        return offered.name();
      }
    }
    return null;
  }
}
