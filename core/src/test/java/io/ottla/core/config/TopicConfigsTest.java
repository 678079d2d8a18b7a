package io.ottla.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.core.config.ConfigEntry.Synonym;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicConfigsTest {
  @ParameterizedTest
  @CsvSource({
    "cleanup.policy,delete",
    "segment.bytes,1073741824",
    "segment.ms,604800000",
    "segment.jitter.ms,0",
    "segment.index.bytes,10485760",
    "index.interval.bytes,4096",
    "retention.ms,604800000",
    "retention.bytes,-1",
    "file.delete.delay.ms,60000",
    "flush.messages,9223372036854775807",
    "flush.ms,9223372036854775807",
    "max.message.bytes,1048588",
    "min.insync.replicas,1",
    "unclean.leader.election.enable,false",
    "compression.type,producer",
    "message.timestamp.type,CreateTime",
    "message.timestamp.before.max.ms,9223372036854775807"
  })
  void defaultsAreKafkas(String name, String value) {
    assertThat(TopicConfigs.defaults().effective(Map.of())).containsEntry(name, value);
  }

  @Test
  void theFirstBrokerNameThatIsSetGivesTheDefault() {
    assertThat(file(Map.of("log.retention.hours", "1")).effective(Map.of()))
        .containsEntry("retention.ms", "3600000");
    assertThat(
            file(Map.of("log.retention.hours", "1", "log.retention.minutes", "2"))
                .effective(Map.of()))
        .containsEntry("retention.ms", "120000");
    assertThat(
            file(Map.of("log.retention.minutes", "2", "log.retention.ms", "3")).effective(Map.of()))
        .containsEntry("retention.ms", "3");
    assertThat(file(Map.of("log.retention.hours", "-1")).effective(Map.of()))
        .containsEntry("retention.ms", "-1");
  }

  @Test
  void theStrongestLayerWinsAndTheTopicWinsOverAll() {
    TopicConfigs topics =
        new TopicConfigs(
            new ConfigLayers(
                Map.of("log.retention.ms", "10"),
                Map.of("log.retention.ms", "20", "min.insync.replicas", "3"),
                Map.of("log.retention.ms", "30", "min.insync.replicas", "2")));
    assertThat(topics.effective(Map.of())).containsEntry("retention.ms", "10");
    assertThat(topics.minInsyncReplicas(Map.of())).isEqualTo(3);
    assertThat(topics.minInsyncReplicas(Map.of("min.insync.replicas", "1"))).isEqualTo(1);
    assertThat(topics.logConfig(Map.of("retention.ms", "5")).retentionMs()).isEqualTo(5);

    ConfigEntry entry = entry(topics, Map.of("retention.ms", "5"), "retention.ms");
    assertThat(entry.source()).isEqualTo(ConfigSource.TOPIC);
    assertThat(entry.synonyms())
        .isEqualTo(
            List.of(
                new Synonym("retention.ms", "5", ConfigSource.TOPIC),
                new Synonym("log.retention.ms", "10", ConfigSource.DYNAMIC_BROKER),
                new Synonym("log.retention.ms", "20", ConfigSource.DYNAMIC_DEFAULT_BROKER),
                new Synonym("log.retention.ms", "30", ConfigSource.STATIC_BROKER),
                new Synonym("log.retention.hours", "168", ConfigSource.DEFAULT)));
    assertThat(entry(topics, Map.of(), "retention.ms").source())
        .isEqualTo(ConfigSource.DYNAMIC_BROKER);
    assertThat(entry(topics, Map.of(), "min.insync.replicas").source())
        .isEqualTo(ConfigSource.DYNAMIC_DEFAULT_BROKER);
    assertThat(entry(topics, Map.of(), "segment.bytes").source()).isEqualTo(ConfigSource.DEFAULT);
  }

  @Test
  void theOldTimestampNameStandsForBothDirections() {
    Map<String, String> old = Map.of("message.timestamp.difference.max.ms", "7");
    assertThat(TopicConfigs.defaults().effective(old))
        .containsEntry("message.timestamp.before.max.ms", "7")
        .containsEntry("message.timestamp.after.max.ms", "7");
    Map<String, String> both =
        Map.of("message.timestamp.difference.max.ms", "7", "message.timestamp.after.max.ms", "9");
    assertThat(TopicConfigs.defaults().effective(both))
        .containsEntry("message.timestamp.before.max.ms", "7")
        .containsEntry("message.timestamp.after.max.ms", "9");
    assertThat(file(Map.of("log.message.timestamp.difference.max.ms", "8")).effective(Map.of()))
        .containsEntry("message.timestamp.before.max.ms", "8")
        .containsEntry("message.timestamp.after.max.ms", "8");
  }

  @Test
  void anIllegalStoredValueCountsAsNotSet() {
    Map<String, String> stored =
        Map.of("retention.ms", "soon", "min.insync.replicas", "none", "segment.bytes", "1000");
    TopicConfigs topics = TopicConfigs.defaults();
    assertThat(topics.logConfig(stored).retentionMs()).isEqualTo(604800000);
    assertThat(topics.logConfig(stored).segmentBytes()).isEqualTo(1000);
    assertThat(topics.minInsyncReplicas(stored)).isEqualTo(1);
  }

  @Test
  void everyIllegalValueIsNamed() {
    TopicConfigs topics = TopicConfigs.defaults();
    topics.validate(Map.of("cleanup.policy", "compact,delete", "retention.ms", "-1"));
    assertThatThrownBy(
            () ->
                topics.validate(
                    Map.of(
                        "retention.ms", "soon", "cleanup.policy", "shred", "no.such.thing", "1")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessage(
            "Invalid value shred for configuration cleanup.policy: expected list, all of"
                + " delete,compact (default delete); Unknown topic config name: no.such.thing;"
                + " Invalid value soon for configuration retention.ms: expected long, >=-1 (default"
                + " 604800000)");
    assertThatThrownBy(
            () ->
                topics.validate(Map.of("min.compaction.lag.ms", "5", "max.compaction.lag.ms", "4")))
        .hasMessage("min.compaction.lag.ms 5 is above max.compaction.lag.ms 4");
  }

  private static TopicConfigs file(Map<String, String> values) {
    return new TopicConfigs(ConfigLayers.ofFile(values));
  }

  private static ConfigEntry entry(
      TopicConfigs topics, Map<String, String> overrides, String name) {
    return topics.describe(overrides).stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
