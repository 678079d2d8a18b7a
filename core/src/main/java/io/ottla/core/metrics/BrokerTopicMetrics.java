package io.ottla.core.metrics;

import com.codahale.metrics.Meter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Traffic by topic and of all topics. A topic's meters are made when it first has traffic and go
 * with the topic, so there are never more than topics. Thread-safe; {@link #topic} is one look-up
 * in a map.
 */
public final class BrokerTopicMetrics {
  static final String TYPE = "BrokerTopicMetrics";

  private final BrokerMetrics metrics;
  private final TopicMeters all;
  private final Meter replicationBytesIn;
  private final Meter replicationBytesOut;
  private final Map<String, TopicMeters> topics = new ConcurrentHashMap<>();

  public BrokerTopicMetrics(BrokerMetrics metrics) {
    this.metrics = metrics;
    this.all = TopicMeters.register(metrics);
    this.replicationBytesIn = metrics.meter(name("ReplicationBytesInPerSec"));
    this.replicationBytesOut = metrics.meter(name("ReplicationBytesOutPerSec"));
  }

  private static String name(String name) {
    return MetricNames.of("kafka.server", TYPE, name);
  }

  /** The meters of all topics together. */
  public TopicMeters all() {
    return all;
  }

  /** The meters of a topic; ask only for topics that exist. */
  public TopicMeters topic(String topic) {
    TopicMeters meters = topics.get(topic);
    return meters != null
        ? meters
        : topics.computeIfAbsent(topic, name -> TopicMeters.register(metrics, "topic", name));
  }

  /** One partition's share of a produce request that was stored. */
  public void produced(String topic, int records, int bytes) {
    TopicMeters meters = topic(topic);
    meters.messagesIn().mark(records);
    meters.bytesIn().mark(bytes);
    meters.produceRequests().mark();
    all.messagesIn().mark(records);
    all.bytesIn().mark(bytes);
    all.produceRequests().mark();
  }

  /** One partition's share of a produce request that was refused. */
  public void produceFailed(String topic) {
    TopicMeters meters = topic(topic);
    meters.produceRequests().mark();
    meters.failedProduceRequests().mark();
    all.produceRequests().mark();
    all.failedProduceRequests().mark();
  }

  /** One partition's share of a consumer's fetch. */
  public void fetched(String topic, int bytes) {
    TopicMeters meters = topic(topic);
    meters.fetchRequests().mark();
    all.fetchRequests().mark();
    if (bytes > 0) {
      meters.bytesOut().mark(bytes);
      all.bytesOut().mark(bytes);
    }
  }

  /** One partition's share of a consumer's fetch that failed. */
  public void fetchFailed(String topic) {
    TopicMeters meters = topic(topic);
    meters.fetchRequests().mark();
    meters.failedFetchRequests().mark();
    all.fetchRequests().mark();
    all.failedFetchRequests().mark();
  }

  /** Bytes sent to followers. */
  public void replicatedOut(int bytes) {
    replicationBytesOut.mark(bytes);
  }

  /** Bytes fetched from leaders. */
  public void replicatedIn(int bytes) {
    replicationBytesIn.mark(bytes);
  }

  /** The topic is gone. */
  public void removeTopic(String topic) {
    if (topics.remove(topic) != null) {
      TopicMeters.remove(metrics, "topic", topic);
    }
  }

  /** Topics that have meters. */
  public Iterable<String> topicNames() {
    return topics.keySet();
  }
}
