package io.ottla.core.api.configs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.ConfigurationException;
import io.ottla.core.config.DynamicConfig;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigHandlersTest {
  private static final byte TOPIC = 2;
  private static final byte BROKER = 4;
  private static final byte LOGGER = 8;
  private static final byte SET = 0;
  private static final byte DELETE = 1;
  private static final byte APPEND = 2;
  private static final byte SUBTRACT = 3;

  private final FakeCoordination coordination = new FakeCoordination(3);
  private final DynamicConfig dynamic = new DynamicConfig(brokerConfig());
  private final ConfigWriter writer = new ConfigWriter(coordination, 0, dynamic::current);
  private final ApiCaller caller =
      new ApiCaller(
          new DescribeConfigsHandler(0, coordination::image, dynamic::current),
          new AlterConfigsHandler(writer),
          new IncrementalAlterConfigsHandler(writer));

  private static BrokerConfig brokerConfig() {
    try {
      return BrokerConfig.parse(
          Map.of("zookeeper.connect", "localhost:2181", "log.retention.hours", "2"), "test");
    } catch (ConfigurationException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void addTopic() {
    coordination.addTopic("t", List.of(0), 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void describesTopicWithSourcesAndSynonyms(int version) {
    coordination.change(builder -> builder.topicConfig("t", Map.of("segment.bytes", "4096")));
    dynamic.update(Map.of(), Map.of("log.segment.bytes", "8192"));
    DescribeConfigsResult result = describe(version, TOPIC, "t", true);
    assertThat(result.errorCode()).isZero();
    DescribeConfigsResourceResult segment = entry(result, "segment.bytes");
    assertThat(segment.value()).isEqualTo("4096");
    assertThat(segment.configSource()).isEqualTo((byte) 1);
    assertThat(segment.synonyms())
        .extracting(s -> s.name(), s -> s.value(), s -> s.source())
        .containsExactly(
            Tuple.tuple("segment.bytes", "4096", (byte) 1),
            Tuple.tuple("log.segment.bytes", "8192", (byte) 3),
            Tuple.tuple("log.segment.bytes", "1073741824", (byte) 5));
    DescribeConfigsResourceResult retention = entry(result, "retention.ms");
    assertThat(retention.value()).isEqualTo("7200000");
    assertThat(retention.configSource()).isEqualTo((byte) 4);
    DescribeConfigsResourceResult untouched = entry(result, "index.interval.bytes");
    assertThat(untouched.configSource()).isEqualTo((byte) 5);
    if (version >= 3) {
      assertThat(untouched.configType()).isEqualTo((byte) 3);
      assertThat(untouched.documentation()).isNotBlank();
    }
  }

  @Test
  void describesOnlyWhatIsAskedFor() {
    DescribeConfigsRequestData body = new DescribeConfigsRequestData();
    body.resources()
        .add(
            new DescribeConfigsResource()
                .setResourceType(TOPIC)
                .setResourceName("t")
                .setConfigurationKeys(List.of("cleanup.policy", "nonsense")));
    DescribeConfigsResult result =
        caller.call(4, body, DescribeConfigsResponseData.class).results().get(0);
    assertThat(result.configs())
        .extracting(DescribeConfigsResourceResult::name)
        .containsExactly("cleanup.policy");
    assertThat(result.configs().get(0).synonyms()).isEmpty();
    assertThat(result.configs().get(0).documentation()).isNull();
  }

  @Test
  void describesThisBrokerTheDefaultAndLoggers() {
    dynamic.update(Map.of(), Map.of("log.segment.bytes", "8192"));
    coordination.change(b -> b.defaultBrokerConfig(Map.of("log.segment.bytes", "8192")));
    DescribeConfigsResult own = describe(4, BROKER, "0", true);
    assertThat(entry(own, "log.retention.hours").configSource()).isEqualTo((byte) 4);
    assertThat(entry(own, "zookeeper.connect").readOnly()).isTrue();
    assertThat(entry(own, "log.segment.bytes").configSource()).isEqualTo((byte) 3);
    assertThat(own.configs())
        .filteredOn(DescribeConfigsResourceResult::isSensitive)
        .isNotEmpty()
        .allSatisfy(secret -> assertThat(secret.value()).isNull());
    DescribeConfigsResult all = describe(4, BROKER, "", true);
    assertThat(all.configs())
        .extracting(DescribeConfigsResourceResult::name, DescribeConfigsResourceResult::value)
        .containsExactly(Tuple.tuple("log.segment.bytes", "8192"));
    assertThat(describe(4, LOGGER, "0", true).errorCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "2, absent, UNKNOWN_TOPIC_OR_PARTITION",
    "2, not/valid, INVALID_TOPIC_EXCEPTION",
    "4, 1, INVALID_REQUEST",
    "4, x, INVALID_REQUEST",
    "8, 1, INVALID_REQUEST",
    "16, any, INVALID_REQUEST",
    "99, any, INVALID_REQUEST"
  })
  void refusesToDescribe(byte type, String name, Errors error) {
    for (int version = 1; version <= 4; version++) {
      DescribeConfigsResult result = describe(version, type, name, false);
      assertThat(Errors.forCode(result.errorCode())).isEqualTo(error);
      assertThat(result.errorMessage()).isNotBlank();
      assertThat(result.resourceName()).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void changesTopicStepByStep(int version) {
    assertOk(change(version, TOPIC, "t", SET, "retention.ms", "5"));
    assertOk(change(version, TOPIC, "t", SET, "segment.bytes", "4096"));
    assertThat(topic())
        .containsOnly(Map.entry("retention.ms", "5"), Map.entry("segment.bytes", "4096"));
    assertOk(change(version, TOPIC, "t", APPEND, "cleanup.policy", "compact"));
    assertThat(topic()).containsEntry("cleanup.policy", "delete,compact");
    assertOk(change(version, TOPIC, "t", APPEND, "cleanup.policy", "compact"));
    assertThat(topic()).containsEntry("cleanup.policy", "delete,compact");
    assertOk(change(version, TOPIC, "t", SUBTRACT, "cleanup.policy", "delete"));
    assertThat(topic()).containsEntry("cleanup.policy", "compact");
    assertOk(change(version, TOPIC, "t", DELETE, "cleanup.policy", null));
    assertOk(change(version, TOPIC, "t", DELETE, "never.set", null));
    assertThat(topic()).containsOnlyKeys("retention.ms", "segment.bytes");
  }

  @Test
  void appliesAndChecksChangesWithWhatIsStoredMeanwhile() {
    coordination.overtakeNextConfigChange(b -> b.topicConfig("t", Map.of("segment.bytes", "4096")));
    assertOk(change(1, TOPIC, "t", SET, "retention.ms", "5"));
    assertThat(topic())
        .containsOnly(Map.entry("retention.ms", "5"), Map.entry("segment.bytes", "4096"));
    coordination.overtakeNextConfigChange(
        b -> b.brokerConfig(0, Map.of("log.segment.bytes", "4096")));
    assertOk(change(1, BROKER, "0", SET, "log.retention.ms", "7"));
    assertThat(coordination.image().brokerConfig(0))
        .containsOnly(Map.entry("log.retention.ms", "7"), Map.entry("log.segment.bytes", "4096"));
    coordination.overtakeNextConfigChange(b -> b.topicConfig("t", Map.of("foreign", "x")));
    assertOk(change(1, TOPIC, "t", SET, "retention.ms", "6"));
    assertThat(topic()).as("foreign, but stored").containsEntry("foreign", "x");
  }

  @Test
  void changesTopicsOnAnyBroker() {
    coordination.notController();
    assertOk(change(1, TOPIC, "t", SET, "retention.ms", "5"));
    assertThat(topic()).containsEntry("retention.ms", "5");
  }

  @ParameterizedTest
  @CsvSource({
    "2, t, 0, no.such.name, 1, INVALID_CONFIG, no.such.name",
    "2, t, 0, retention.ms, many, INVALID_CONFIG, many",
    "2, t, 0, cleanup.policy, shred, INVALID_CONFIG, shred",
    "2, t, 0, retention.ms, , INVALID_REQUEST, retention.ms",
    "2, t, 2, retention.ms, 5, INVALID_CONFIG, retention.ms",
    "2, t, 7, retention.ms, 5, INVALID_REQUEST, 7",
    "2, absent, 0, retention.ms, 5, UNKNOWN_TOPIC_OR_PARTITION, absent",
    "4, 0, 0, zookeeper.connect, x, INVALID_REQUEST, zookeeper.connect",
    "4, 0, 0, log.segment.bytes, x, INVALID_CONFIG, log.segment.bytes",
    "4, 1, 0, log.segment.bytes, 4096, INVALID_REQUEST, broker 1",
    "4, '', 0, advertised.listeners, PLAINTEXT://h:1, INVALID_REQUEST, advertised.listeners",
    "8, 0, 0, root, DEBUG, INVALID_REQUEST, logback",
    "16, any, 0, a, b, INVALID_REQUEST, 16"
  })
  void refusesChanges(
      byte type, String name, byte op, String key, String value, Errors error, String hint) {
    for (int version : new int[] {0, 1}) {
      IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse response =
          change(version, type, name, op, key, value);
      assertThat(Errors.forCode(response.errorCode())).isEqualTo(error);
      assertThat(response.errorMessage()).contains(hint);
    }
    assertThat(coordination.calls).isEmpty();
  }

  @Test
  void refusesTwoOperationsOnOneName() {
    IncrementalAlterConfigsRequestData body = new IncrementalAlterConfigsRequestData();
    IncrementalAlterConfigsRequestData.AlterConfigsResource resource =
        new IncrementalAlterConfigsRequestData.AlterConfigsResource()
            .setResourceType(TOPIC)
            .setResourceName("t");
    resource.configs().add(operation(SET, "retention.ms", "5"));
    resource.configs().add(operation(DELETE, "retention.ms", null));
    body.resources().add(resource);
    assertThat(
            caller
                .call(1, body, IncrementalAlterConfigsResponseData.class)
                .responses()
                .get(0)
                .errorCode())
        .isEqualTo(Errors.INVALID_REQUEST.code());
  }

  @Test
  void changesBrokersOneOrAll() {
    assertOk(change(1, BROKER, "0", SET, "log.cleaner.threads", "2"));
    assertOk(change(1, BROKER, "", SET, "log.segment.bytes", "4096"));
    assertOk(change(1, BROKER, "", SET, "some.plugin.key", "x"));
    assertThat(coordination.image().brokerConfig(0)).containsEntry("log.cleaner.threads", "2");
    assertThat(coordination.image().defaultBrokerConfig())
        .containsEntry("log.segment.bytes", "4096")
        .containsEntry("some.plugin.key", "x");
    assertOk(change(1, BROKER, "", DELETE, "log.segment.bytes", null));
    assertThat(coordination.image().defaultBrokerConfig()).containsOnlyKeys("some.plugin.key");
  }

  @Test
  void doesNotStumbleOverWhatOtherToolsStored() {
    coordination.change(builder -> builder.topicConfig("t", Map.of("from.elsewhere", "1")));
    assertOk(change(1, TOPIC, "t", SET, "retention.ms", "5"));
    assertThat(topic()).containsOnlyKeys("from.elsewhere", "retention.ms");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void replacesEverythingTheOldWay(int version) {
    coordination.change(builder -> builder.topicConfig("t", Map.of("segment.bytes", "4096")));
    assertThat(replace(version, "retention.ms", "5", true).errorCode()).isZero();
    assertThat(topic()).containsOnlyKeys("segment.bytes");
    assertThat(replace(version, "retention.ms", "5", false).errorCode()).isZero();
    assertThat(topic()).containsOnly(Map.entry("retention.ms", "5"));
    assertThat(replace(version, "retention.ms", "x", false).errorCode())
        .isEqualTo(Errors.INVALID_CONFIG.code());
    assertThat(replace(version, "retention.ms", null, false).errorCode())
        .isEqualTo(Errors.INVALID_REQUEST.code());
    assertThat(topic()).containsOnly(Map.entry("retention.ms", "5"));
  }

  @Test
  void onlyValidatesWhenAskedTo() {
    IncrementalAlterConfigsRequestData body =
        request(TOPIC, "t", SET, "retention.ms", "5").setValidateOnly(true);
    assertThat(
            caller
                .call(1, body, IncrementalAlterConfigsResponseData.class)
                .responses()
                .get(0)
                .errorCode())
        .isZero();
    assertThat(coordination.calls).isEmpty();
  }

  private Map<String, String> topic() {
    return coordination.image().topicConfig("t");
  }

  private static void assertOk(
      IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse response) {
    assertThat(Errors.forCode(response.errorCode()))
        .as(response.errorMessage())
        .isEqualTo(Errors.NONE);
  }

  private IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse change(
      int version, byte type, String name, byte op, String key, String value) {
    return caller
        .call(
            version, request(type, name, op, key, value), IncrementalAlterConfigsResponseData.class)
        .responses()
        .get(0);
  }

  private static IncrementalAlterConfigsRequestData request(
      byte type, String name, byte op, String key, String value) {
    IncrementalAlterConfigsRequestData body = new IncrementalAlterConfigsRequestData();
    IncrementalAlterConfigsRequestData.AlterConfigsResource resource =
        new IncrementalAlterConfigsRequestData.AlterConfigsResource()
            .setResourceType(type)
            .setResourceName(name);
    resource.configs().add(operation(op, key, value));
    body.resources().add(resource);
    return body;
  }

  private static IncrementalAlterConfigsRequestData.AlterableConfig operation(
      byte op, String key, String value) {
    return new IncrementalAlterConfigsRequestData.AlterableConfig()
        .setName(key)
        .setConfigOperation(op)
        .setValue(value);
  }

  private AlterConfigsResponseData.AlterConfigsResourceResponse replace(
      int version, String key, String value, boolean validateOnly) {
    AlterConfigsRequestData body = new AlterConfigsRequestData().setValidateOnly(validateOnly);
    AlterConfigsRequestData.AlterConfigsResource resource =
        new AlterConfigsRequestData.AlterConfigsResource()
            .setResourceType(TOPIC)
            .setResourceName("t");
    resource
        .configs()
        .add(new AlterConfigsRequestData.AlterableConfig().setName(key).setValue(value));
    body.resources().add(resource);
    return caller.call(version, body, AlterConfigsResponseData.class).responses().get(0);
  }

  private DescribeConfigsResult describe(int version, byte type, String name, boolean everything) {
    DescribeConfigsRequestData body =
        new DescribeConfigsRequestData()
            .setIncludeSynonyms(everything)
            .setIncludeDocumentation(everything && version >= 3);
    body.resources()
        .add(
            new DescribeConfigsResource()
                .setResourceType(type)
                .setResourceName(name)
                .setConfigurationKeys(null));
    return caller.call(version, body, DescribeConfigsResponseData.class).results().get(0);
  }

  private static DescribeConfigsResourceResult entry(DescribeConfigsResult result, String name) {
    return result.configs().stream()
        .filter(config -> config.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
