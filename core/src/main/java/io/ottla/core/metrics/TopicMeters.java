package io.ottla.core.metrics;

import com.codahale.metrics.Meter;

/**
 * What is counted per topic and for all topics together. Marking any of these costs one addition.
 */
public record TopicMeters(
    Meter messagesIn,
    Meter bytesIn,
    Meter bytesOut,
    Meter bytesRejected,
    Meter produceRequests,
    Meter fetchRequests,
    Meter failedProduceRequests,
    Meter failedFetchRequests) {
  private static final String[] NAMES = {
    "MessagesInPerSec",
    "BytesInPerSec",
    "BytesOutPerSec",
    "BytesRejectedPerSec",
    "TotalProduceRequestsPerSec",
    "TotalFetchRequestsPerSec",
    "FailedProduceRequestsPerSec",
    "FailedFetchRequestsPerSec"
  };

  static TopicMeters register(BrokerMetrics metrics, String... tags) {
    Meter[] meters = new Meter[NAMES.length];
    for (int i = 0; i < NAMES.length; i++) {
      meters[i] = metrics.meter(name(NAMES[i], tags));
    }
    return new TopicMeters(
        meters[0], meters[1], meters[2], meters[3], meters[4], meters[5], meters[6], meters[7]);
  }

  static TopicMeters unregistered() {
    RateMeter meter = new RateMeter();
    return new TopicMeters(meter, meter, meter, meter, meter, meter, meter, meter);
  }

  static void remove(BrokerMetrics metrics, String... tags) {
    for (String name : NAMES) {
      metrics.remove(name(name, tags));
    }
  }

  private static String name(String name, String... tags) {
    return MetricNames.of("kafka.server", BrokerTopicMetrics.TYPE, name, tags);
  }
}
