package io.ottla.core.api.configs;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.topics.TopicNames;
import java.util.OptionalInt;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The resources that have a configuration here, and how their names are read. Pure functions. */
final class ConfigResources {
  private ConfigResources() {}

  /**
   * The type behind a code.
   *
   * @throws InvalidRequestException when nothing of that type is configured here
   */
  static ConfigResource.Type type(byte code) {
    ConfigResource.Type type = ConfigResource.Type.forId(code);
    return switch (type) {
      case TOPIC, BROKER, BROKER_LOGGER -> type;
      default ->
          throw new InvalidRequestException(
              "Resources of type " + type + " (" + code + ") have no configuration here");
    };
  }

  /** Returns when there is such a topic. */
  static void requireTopic(ClusterImage image, String name) {
    TopicNames.validate(name);
    TopicImage topic = image.topic(name);
    if (topic == null || topic.deleting()) {
      throw new UnknownTopicOrPartitionException("There is no topic " + name);
    }
  }

  /**
   * The broker a name stands for: a number, or the default of all brokers when it is empty.
   *
   * @throws InvalidRequestException when it is neither
   */
  static OptionalInt broker(String name) {
    if (name == null || name.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(name));
    } catch (NumberFormatException e) {
      throw new InvalidRequestException(
          "A broker is named by its id, or by an empty name for all brokers; not '" + name + "'");
    }
  }
}
