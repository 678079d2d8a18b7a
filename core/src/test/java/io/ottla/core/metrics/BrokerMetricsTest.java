package io.ottla.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import java.lang.management.ManagementFactory;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerMetricsTest {
  private static final MBeanServer JMX = ManagementFactory.getPlatformMBeanServer();

  @Test
  void metricsAppearUnderTheirJmxNamesAndGoWhenClosed() throws Exception {
    ObjectName all = new ObjectName("kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec");
    ObjectName topic =
        new ObjectName("kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,topic=a.b_c-1");
    try (BrokerMetrics metrics = new BrokerMetrics(true)) {
      BrokerTopicMetrics topics = new BrokerTopicMetrics(metrics, "a.b_c-1"::equals);
      topics.produced("a.b_c-1", 3, 300);
      metrics.gauge(MetricNames.of("kafka.server", "KafkaServer", "ClusterId"), () -> "abc");
      metrics.histogram(MetricNames.of("kafka.network", "T", "N", "request", "Fetch"), 1).update(8);

      assertThat(JMX.getAttribute(all, "Count")).isEqualTo(3L);
      assertThat(JMX.getAttribute(all, "OneMinuteRate")).isEqualTo(0.0);
      assertThat(JMX.getAttribute(topic, "Count")).isEqualTo(300L);
      assertThat(
              JMX.getAttribute(
                  new ObjectName("kafka.server:type=KafkaServer,name=ClusterId"), "Value"))
          .isEqualTo("abc");
      ObjectName histogram = new ObjectName("kafka.network:type=T,name=N,request=Fetch");
      assertThat((double) JMX.getAttribute(histogram, "99thPercentile")).isCloseTo(8, within(1.0));
      assertThat(JMX.getAttribute(histogram, "Count")).isEqualTo(1L);

      topics.produced("made-up", 1, 1);
      assertThat(topics.topicNames()).containsExactly("a.b_c-1");

      topics.removeTopic("a.b_c-1");
      assertThat(JMX.isRegistered(topic)).isFalse();
    }
    assertThat(JMX.isRegistered(all)).isFalse();
  }

  @Test
  void aBrokerWithoutJmxRegistersNothing() throws Exception {
    try (BrokerMetrics metrics = new BrokerMetrics(false)) {
      new BrokerTopicMetrics(metrics, "a.b_c-1"::equals).produced("t", 1, 1);
      assertThat(JMX.queryNames(new ObjectName("kafka.server:type=BrokerTopicMetrics,*"), null))
          .isEmpty();
    }
  }

  @Test
  void oddTagValuesAreQuoted() throws Exception {
    String name = MetricNames.of("kafka.server", "T", "N", "clientId", "a,b=\"c\"*");
    assertThat(ObjectName.unquote(MetricNames.objectName(name).getKeyProperty("clientId")))
        .isEqualTo("a,b=\"c\"*");
    assertThat(MetricNames.objectName("io.netty.thing:x").getDomain()).isEqualTo("ottla");
  }

  @Test
  void ratesFollowTheTicks() {
    try (BrokerMetrics metrics = new BrokerMetrics(false)) {
      Meter meter = metrics.meter("m");
      meter.mark(500);
      assertThat(meter.getOneMinuteRate()).isZero();
      metrics.tick();
      assertThat(meter.getOneMinuteRate()).isEqualTo(100);
      for (int i = 0; i < 12; i++) {
        metrics.tick();
      }
      // After a minute without events the one-minute average has fallen to 1/e.
      assertThat(meter.getOneMinuteRate()).isCloseTo(100 / Math.E, within(0.01));
      assertThat(meter.getFifteenMinuteRate()).isGreaterThan(meter.getFiveMinuteRate());
      assertThat(meter.getCount()).isEqualTo(500);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 4, 5, 7, 8, 100, 1023, 1024, 1_000_000, Long.MAX_VALUE})
  void aBucketHoldsItsValueWithinAnEighth(long value) {
    assertThat(BucketReservoir.valueOf(BucketReservoir.bucketOf(value)))
        .isCloseTo((double) value, within(value / 8.0));
  }

  @Test
  void percentilesCoverTwoWindowsAndAreScaled() {
    try (BrokerMetrics metrics = new BrokerMetrics(false)) {
      Histogram histogram = metrics.histogram("h", 0.001);
      for (int i = 1; i <= 1000; i++) {
        histogram.update(i * 1000L);
      }
      assertThat(histogram.getSnapshot().getMedian()).isCloseTo(500, within(63.0));
      assertThat(histogram.getSnapshot().get99thPercentile()).isCloseTo(990, within(124.0));
      assertThat(histogram.getSnapshot().getMean()).isCloseTo(500, within(20.0));
      for (int i = 0; i < 12; i++) {
        metrics.tick();
      }
      assertThat(histogram.getSnapshot().size()).isEqualTo(1000);
      for (int i = 0; i < 12; i++) {
        metrics.tick();
      }
      assertThat(histogram.getSnapshot().size()).isZero();
      assertThat(histogram.getCount()).isEqualTo(1000);
    }
  }
}
