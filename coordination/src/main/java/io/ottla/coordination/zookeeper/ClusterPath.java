package io.ottla.coordination.zookeeper;

import io.ottla.coordination.znode.BrokerZNode;
import io.ottla.coordination.znode.ConfigZNode;
import io.ottla.coordination.znode.ControllerZNode;
import io.ottla.coordination.znode.DeleteTopicZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.util.OptionalInt;

/**
 * What a znode is about, if the image shows it.
 *
 * @param kind what it is
 * @param path its path
 * @param name topic, or name of the entity; empty for the controller
 * @param number broker id or partition; -1 where there is none
 */
record ClusterPath(Kind kind, String path, String name, int number) {
  /**
   * In the order in which znodes must be applied: a state belongs to a topic, a mark decides how a
   * topic looks.
   */
  enum Kind {
    CONTROLLER,
    BROKER,
    MARK,
    TOPIC,
    TOPIC_CONFIG,
    BROKER_CONFIG,
    STATE
  }

  /** Null when the image does not show that znode. */
  static ClusterPath parse(String path) {
    if (path.equals(ControllerZNode.PATH)) {
      return new ClusterPath(Kind.CONTROLLER, path, "", -1);
    }
    String topic = below(TopicZNode.PARENT, path);
    if (topic != null) {
      return topicPath(path, topic);
    }
    String broker = below(BrokerZNode.PARENT, path);
    if (broker != null) {
      int id = number(broker);
      return id < 0 ? null : new ClusterPath(Kind.BROKER, path, broker, id);
    }
    return entity(path);
  }

  private static ClusterPath entity(String path) {
    String config = leaf(ConfigZNode.TOPICS, path);
    if (config != null) {
      return new ClusterPath(Kind.TOPIC_CONFIG, path, config, -1);
    }
    String broker = leaf(ConfigZNode.BROKERS, path);
    if (broker != null) {
      boolean known = broker.equals(ConfigZNode.DEFAULT) || number(broker) >= 0;
      return known ? new ClusterPath(Kind.BROKER_CONFIG, path, broker, number(broker)) : null;
    }
    String mark = leaf(DeleteTopicZNode.PARENT, path);
    return mark == null ? null : new ClusterPath(Kind.MARK, path, mark, -1);
  }

  private static ClusterPath topicPath(String path, String rest) {
    int slash = rest.indexOf('/');
    if (slash < 0) {
      return new ClusterPath(Kind.TOPIC, path, rest, -1);
    }
    String middle = "/partitions/";
    if (!rest.endsWith("/state") || !rest.startsWith(middle, slash)) {
      return null;
    }
    int start = slash + middle.length();
    int end = rest.length() - "/state".length();
    int partition = start < end ? number(rest.substring(start, end)) : -1;
    return partition < 0
        ? null
        : new ClusterPath(Kind.STATE, path, rest.substring(0, slash), partition);
  }

  /** The broker whose overrides these are; empty for all. */
  OptionalInt brokerEntity() {
    return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
  }

  private static String leaf(String parent, String path) {
    String rest = below(parent, path);
    return rest == null || rest.indexOf('/') >= 0 ? null : rest;
  }

  private static String below(String parent, String path) {
    int length = parent.length();
    boolean inside =
        path.length() > length + 1 && path.charAt(length) == '/' && path.startsWith(parent);
    return inside ? path.substring(length + 1) : null;
  }

  private static int number(String text) {
    if (text.isEmpty() || text.length() > 9) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(text);
  }
}
