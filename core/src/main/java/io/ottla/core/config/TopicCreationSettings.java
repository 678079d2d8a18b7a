package io.ottla.core.config;

/** What creating and deleting topics needs to know. */
public record TopicCreationSettings(
    boolean autoCreate, boolean deleteEnabled, int numPartitions, short replicationFactor) {

  static TopicCreationSettings from(BrokerValues values) {
    int replicationFactor = values.intValue("default.replication.factor");
    if (replicationFactor > Short.MAX_VALUE) {
      values.problem("default.replication.factor", "set it to at most " + Short.MAX_VALUE);
    }
    return new TopicCreationSettings(
        values.bool("auto.create.topics.enable"),
        values.bool("delete.topic.enable"),
        values.intValue("num.partitions"),
        (short) Math.min(replicationFactor, Short.MAX_VALUE));
  }
}
