package io.ottla.core.broker;

import com.codahale.metrics.MetricRegistry;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ZooKeeperSettings;

/** Makes the way to the cluster; a test may hand in its own. What it returns is not started yet. */
@FunctionalInterface
public interface CoordinationFactory {
  Coordination create(
      ZooKeeperSettings zooKeeper,
      int brokerId,
      ControllerSettings controller,
      MetricRegistry metrics);
}
