package io.ottla.core.broker;

import com.codahale.metrics.MetricRegistry;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ZooKeeperSettings;
import io.ottla.coordination.zookeeper.ZooKeeperCoordination;
import java.time.Clock;

/** Makes the way to the cluster; a test may hand in its own. What it returns is not started yet. */
@FunctionalInterface
public interface CoordinationFactory {
  Coordination create(
      ZooKeeperSettings zooKeeper,
      int brokerId,
      ControllerSettings controller,
      MetricRegistry metrics);

  /** The real one. */
  static CoordinationFactory zooKeeper(Clock clock) {
    return (zooKeeper, brokerId, controller, metrics) ->
        new ZooKeeperCoordination(
            zooKeeper, brokerId, controller, System::nanoTime, clock, metrics);
  }
}
