package io.ottla.coordination.zookeeper;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ImagePublisher;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.controller.Controller;
import io.ottla.coordination.controller.PreferredLeaderPlan;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Kafka's gauges of controller and session, named {@code type.name} as in its MBeans. Those about
 * the cluster are computed from the image when asked, and are 0 on brokers that are not the
 * controller. Whoever makes this closes it.
 */
final class CoordinationMetrics implements AutoCloseable {
  private final MetricRegistry registry;
  private final ImagePublisher images;
  private final Controller controller;
  private final Map<String, Gauge<?>> gauges = new LinkedHashMap<>();

  CoordinationMetrics(
      MetricRegistry registry, ImagePublisher images, Controller controller, Session session) {
    this.registry = registry;
    this.images = images;
    this.controller = controller;
    Gauge<String> state = () -> session.isAlive() ? "CONNECTED" : "DISCONNECTED";
    gauges.put("SessionExpireListener.SessionState", state);
    controllerGauge("ActiveControllerCount", image -> 1);
    controllerGauge("ActiveBrokerCount", image -> image.brokers().size());
    controllerGauge("GlobalTopicCount", image -> image.topics().size());
    controllerGauge("GlobalPartitionCount", image -> partitions(image, false));
    controllerGauge("OfflinePartitionsCount", image -> partitions(image, true));
    controllerGauge("PreferredReplicaImbalanceCount", PreferredLeaderPlan::imbalance);
    gauges.forEach(registry::register);
  }

  private void controllerGauge(String name, ToIntFunction<ClusterImage> value) {
    Gauge<Integer> gauge = () -> controller.isActive() ? value.applyAsInt(images.image()) : 0;
    gauges.put("KafkaController." + name, gauge);
  }

  private static int partitions(ClusterImage image, boolean leaderlessOnly) {
    int count = 0;
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        if (!leaderlessOnly || (!topic.deleting() && !partition.hasLeader())) {
          count++;
        }
      }
    }
    return count;
  }

  @Override
  public void close() {
    gauges.keySet().forEach(registry::remove);
  }
}
