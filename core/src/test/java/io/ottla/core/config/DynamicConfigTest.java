package io.ottla.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.core.config.ConfigEntry.Synonym;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DynamicConfigTest {
  private final List<ConfigSnapshot> published = new ArrayList<>();
  private DynamicConfig config;

  @BeforeEach
  void setUp() throws ConfigurationException {
    config =
        new DynamicConfig(
            BrokerConfig.parse(
                Map.of("zookeeper.connect", "z:1", "log.retention.hours", "2"), "f"));
    config.subscribe(published::add);
  }

  @Test
  void aChangeIsPublishedOnceAndUndoneWhenRemoved() {
    config.update(Map.of("log.retention.ms", "5"), Map.of("min.insync.replicas", "2"));
    config.update(Map.of("log.retention.ms", "5"), Map.of("min.insync.replicas", "2"));
    assertThat(published).hasSize(1);
    assertThat(config.topics().effective(Map.of()))
        .containsEntry("retention.ms", "5")
        .containsEntry("min.insync.replicas", "2");

    config.update(Map.of(), Map.of());
    assertThat(published).hasSize(2);
    assertThat(config.topics().effective(Map.of()))
        .containsEntry("retention.ms", "7200000")
        .containsEntry("min.insync.replicas", "1");
  }

  @Test
  void anIllegalStoredValueIsLeftOutAndTheOthersApply() {
    config.update(
        Map.of("log.retention.ms", "soon", "no.such.key", "1"), Map.of("message.max.bytes", "99"));
    assertThat(config.topics().effective(Map.of()))
        .containsEntry("retention.ms", "7200000")
        .containsEntry("max.message.bytes", "99");
  }

  @Test
  void aBrokerIsDescribedWithSourcesAndWithoutSecrets() {
    config.update(Map.of("ssl.key.password", "hunter2"), Map.of("message.max.bytes", "99"));
    List<ConfigEntry> entries = config.current().describeBroker();
    ConfigEntry message = find(entries, "message.max.bytes");
    assertThat(message.value()).isEqualTo("99");
    assertThat(message.readOnly()).isFalse();
    assertThat(message.synonyms())
        .containsExactly(
            new Synonym("message.max.bytes", "99", ConfigSource.DYNAMIC_DEFAULT_BROKER),
            new Synonym("message.max.bytes", "1048588", ConfigSource.DEFAULT));
    assertThat(find(entries, "log.retention.hours").source()).isEqualTo(ConfigSource.STATIC_BROKER);
    assertThat(find(entries, "log.retention.hours").readOnly()).isTrue();
    ConfigEntry secret = find(entries, "ssl.key.password");
    assertThat(secret.sensitive()).isTrue();
    assertThat(secret.value()).isNull();
    assertThat(secret.synonyms()).allSatisfy(synonym -> assertThat(synonym.value()).isNull());
  }

  @Test
  void onlyDynamicNamesAndLegalValuesMayBeStored() {
    DynamicConfig.validateBrokerChange(Map.of("min.insync.replicas", "2", "custom", "x"), true);
    DynamicConfig.validateBrokerChange(Map.of("listeners", "PLAINTEXT://:1"), false);
    assertThatThrownBy(() -> DynamicConfig.validateBrokerChange(Map.of("broker.id", "3"), false))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("[broker.id]");
    assertThatThrownBy(
            () -> DynamicConfig.validateBrokerChange(Map.of("listeners", "PLAINTEXT://:1"), true))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("name a broker id");
    assertThatThrownBy(
            () -> DynamicConfig.validateBrokerChange(Map.of("min.insync.replicas", "0"), true))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("min.insync.replicas: expected int, >=1 (default 1)");
  }

  private static ConfigEntry find(List<ConfigEntry> entries, String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst().orElseThrow();
  }
}
