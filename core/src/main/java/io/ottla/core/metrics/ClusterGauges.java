package io.ottla.core.metrics;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * What the cluster looks like; counted from the image when somebody asks, and by the controller
 * only.
 */
public final class ClusterGauges {
  private ClusterGauges() {}

  /** Registers the gauges of the cluster and of this broker's session. */
  public static void register(
      BrokerMetrics metrics,
      int brokerId,
      Supplier<ClusterImage> image,
      BooleanSupplier sessionAlive) {
    BooleanSupplier controller = () -> image.get().controllerId() == brokerId;
    metrics.gauge(name("ActiveControllerCount"), () -> controller.getAsBoolean() ? 1 : 0);
    controllerGauge(metrics, "OfflinePartitionsCount", controller, image, ClusterGauges::offline);
    controllerGauge(
        metrics, "PreferredReplicaImbalanceCount", controller, image, ClusterGauges::imbalance);
    controllerGauge(
        metrics, "GlobalTopicCount", controller, image, cluster -> cluster.topics().size());
    controllerGauge(
        metrics,
        "GlobalPartitionCount",
        controller,
        image,
        cluster -> cluster.topics().stream().mapToInt(t -> t.partitions().size()).sum());
    controllerGauge(
        metrics,
        "TopicsToDeleteCount",
        controller,
        image,
        cluster -> (int) cluster.topics().stream().filter(TopicImage::deleting).count());
    controllerGauge(
        metrics, "ActiveBrokerCount", controller, image, cluster -> cluster.brokers().size());
    metrics.gauge(
        MetricNames.of("kafka.server", "KafkaServer", "ClusterId"), () -> image.get().clusterId());
    metrics.gauge(
        MetricNames.of("kafka.server", "SessionExpireListener", "SessionState"),
        () -> sessionAlive.getAsBoolean() ? "CONNECTED" : "DISCONNECTED");
  }

  private static String name(String name) {
    return MetricNames.of("kafka.controller", "KafkaController", name);
  }

  private static void controllerGauge(
      BrokerMetrics metrics,
      String name,
      BooleanSupplier controller,
      Supplier<ClusterImage> image,
      ToIntFunction<ClusterImage> value) {
    metrics.gauge(name(name), () -> controller.getAsBoolean() ? value.applyAsInt(image.get()) : 0);
  }

  static int offline(ClusterImage image) {
    int count = 0;
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        if (partition.state() == null || !image.brokers().containsKey(partition.state().leader())) {
          count++;
        }
      }
    }
    return count;
  }

  static int imbalance(ClusterImage image) {
    int count = 0;
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        if (partition.state() != null
            && !partition.replicas().isEmpty()
            && partition.state().leader() != partition.replicas().get(0)) {
          count++;
        }
      }
    }
    return count;
  }
}
