package io.ottla.core.api.metadata;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.protocol.Errors;

/**
 * One partition as clients are told of it: what the image says, seen through which brokers are
 * alive and reachable for this client.
 *
 * @param leader -1 when there is none that is alive and reachable
 */
record PartitionView(
    Errors error,
    int partition,
    int leader,
    int leaderEpoch,
    List<Integer> replicas,
    List<Integer> isr,
    List<Integer> eligible,
    List<Integer> offline) {

  /**
   * @param reachable whether a live broker has an endpoint for this client
   * @param noListener the error when the leader lives but is not reachable
   */
  static PartitionView of(
      ClusterImage image,
      PartitionImage partition,
      Predicate<BrokerRegistration> reachable,
      Errors noListener) {
    List<Integer> offline = new ArrayList<>(0);
    for (int replica : partition.replicas()) {
      if (!image.brokers().containsKey(replica)) {
        offline.add(replica);
      }
    }
    PartitionState state = partition.state();
    if (state == null) {
      return new PartitionView(
          Errors.LEADER_NOT_AVAILABLE,
          partition.partition(),
          -1,
          -1,
          partition.replicas(),
          List.of(),
          List.of(),
          offline);
    }
    BrokerRegistration leader = image.brokers().get(state.leader());
    Errors error = Errors.NONE;
    if (leader == null) {
      error = Errors.LEADER_NOT_AVAILABLE;
    } else if (!reachable.test(leader)) {
      error = noListener;
    }
    return new PartitionView(
        error,
        partition.partition(),
        error == Errors.NONE ? state.leader() : -1,
        state.leaderEpoch(),
        partition.replicas(),
        ids(state.isr()),
        ids(state.eligible()),
        offline);
  }

  /** As version 0 of Metadata wants it: without dead replicas, and with an error for them. */
  PartitionView withoutOffline() {
    if (offline.isEmpty()) {
      return this;
    }
    List<Integer> liveReplicas = new ArrayList<>(replicas);
    liveReplicas.removeAll(offline);
    List<Integer> liveIsr = new ArrayList<>(isr);
    liveIsr.removeAll(offline);
    return new PartitionView(
        error == Errors.NONE ? Errors.REPLICA_NOT_AVAILABLE : error,
        partition,
        leader,
        leaderEpoch,
        liveReplicas,
        liveIsr,
        eligible,
        offline);
  }

  private static List<Integer> ids(List<IsrMember> members) {
    List<Integer> ids = new ArrayList<>(members.size());
    for (IsrMember member : members) {
      ids.add(member.brokerId());
    }
    return ids;
  }
}
