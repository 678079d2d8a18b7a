package io.ottla.core.metrics;

import com.codahale.metrics.Meter;
import io.ottla.core.api.TrafficMetrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Traffic by topic and of all topics. A topic's meters are made when it first has traffic and go
 * with the topic, so there are never more than topics. Thread-safe; {@link #topic} is one look-up
 * in a map.
 */
public final class BrokerTopicMetrics implements TrafficMetrics {
  static final String TYPE = "BrokerTopicMetrics";

  private final BrokerMetrics metrics;
  private final TopicMeters all;
  private final Meter replicationBytesIn;
  private final Meter replicationBytesOut;
  private final TopicMeters unknown = TopicMeters.unregistered();
  private final Predicate<String> topicExists;
  private final Map<String, TopicMeters> topics = new ConcurrentHashMap<>();

  /**
   * @param topicExists whether a name is that of a topic
   */
  public BrokerTopicMetrics(BrokerMetrics metrics, Predicate<String> topicExists) {
    this.metrics = metrics;
    this.topicExists = topicExists;
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

  /**
   * The meters of a topic. Unknown names share meters nobody sees, so that a client that makes up
   * names makes no meters.
   */
  private TopicMeters topic(String topic) {
    TopicMeters meters = topics.get(topic);
    return meters != null ? meters : make(topic);
  }

  private TopicMeters make(String topic) {
    return topicExists.test(topic)
        ? topics.computeIfAbsent(topic, name -> TopicMeters.register(metrics, "topic", name))
        : unknown;
  }

  @Override
  public void produceRequest(String topic) {
    topic(topic).produceRequests().mark();
    all.produceRequests().mark();
  }

  @Override
  public void produced(String topic, int records, int bytes) {
    TopicMeters meters = topic(topic);
    meters.messagesIn().mark(records);
    meters.bytesIn().mark(bytes);
    all.messagesIn().mark(records);
    all.bytesIn().mark(bytes);
  }

  @Override
  public void produceFailed(String topic) {
    topic(topic).failedProduceRequests().mark();
    all.failedProduceRequests().mark();
  }

  @Override
  public void bytesRejected(String topic, int bytes) {
    topic(topic).bytesRejected().mark(bytes);
    all.bytesRejected().mark(bytes);
  }

  @Override
  public void fetchRequest(String topic) {
    topic(topic).fetchRequests().mark();
    all.fetchRequests().mark();
  }

  @Override
  public void fetched(String topic, int bytes, boolean follower) {
    if (bytes == 0) {
      return;
    }
    if (follower) {
      replicationBytesOut.mark(bytes);
    } else {
      topic(topic).bytesOut().mark(bytes);
      all.bytesOut().mark(bytes);
    }
  }

  @Override
  public void fetchFailed(String topic) {
    topic(topic).failedFetchRequests().mark();
    all.failedFetchRequests().mark();
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
