package io.ottla.core.partition;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.waiting.Deadlines;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What every partition of a broker shares.
 *
 * @param brokerId this broker
 * @param brokerEpoch epoch of its registration, -1 while unregistered, and which are of this run
 * @param image the newest image that was applied
 * @param states where ISR changes are written
 * @param deadlines time and timeouts
 * @param executor for work that may touch disk or ZooKeeper
 * @param replicaLagNanos how long a follower may lag before it leaves the ISR
 * @param selector which replica a consumer should read from
 * @param leadership told of leaderships won and lost
 * @param followers told what to fetch
 * @param counters counts for metrics
 */
record PartitionContext(
    int brokerId,
    OwnRegistration brokerEpoch,
    Supplier<ClusterImage> image,
    PartitionStateStore states,
    Deadlines deadlines,
    Executor executor,
    long replicaLagNanos,
    ReadReplicaSelector selector,
    LeadershipListener leadership,
    FollowerListener followers,
    ReplicationCounters counters) {

  /** Epoch of a broker's registration, -1 when it has none. */
  long registeredEpoch(int broker) {
    BrokerRegistration registration = image.get().brokers().get(broker);
    return registration == null ? -1 : registration.epoch();
  }

  /** Epoch under which a broker may join an ISR, -1 when it is gone or about to go. */
  long joinEpoch(int broker) {
    BrokerRegistration registration = image.get().brokers().get(broker);
    return registration == null || registration.draining() ? -1 : registration.epoch();
  }
}
