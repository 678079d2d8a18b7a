package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;

/**
 * What holds for a topic's elections: its own overrides, else the override for all brokers, else
 * the controller's static settings.
 *
 * @param minInsyncReplicas min.insync.replicas
 * @param uncleanLeaderElection unclean.leader.election.enable
 */
public record TopicPolicy(int minInsyncReplicas, boolean uncleanLeaderElection) {
  public static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
  public static final String UNCLEAN_LEADER_ELECTION = "unclean.leader.election.enable";

  /** The policy of one topic. */
  public static TopicPolicy of(ClusterImage image, String topic, ControllerSettings settings) {
    String min = lookup(image, topic, MIN_INSYNC_REPLICAS);
    String unclean = lookup(image, topic, UNCLEAN_LEADER_ELECTION);
    return new TopicPolicy(
        min == null
            ? settings.minInsyncReplicasDefault()
            : positive(min, settings.minInsyncReplicasDefault()),
        unclean == null
            ? settings.uncleanLeaderElectionDefault()
            : Boolean.parseBoolean(unclean.trim()));
  }

  private static String lookup(ClusterImage image, String topic, String key) {
    String own = image.topicConfig(topic).get(key);
    return own != null ? own : image.defaultBrokerConfig().get(key);
  }

  /** A value that a foreign tool garbled must not stop elections. */
  private static int positive(String value, int otherwise) {
    try {
      int parsed = Integer.parseInt(value.trim());
      return parsed > 0 ? parsed : otherwise;
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}
