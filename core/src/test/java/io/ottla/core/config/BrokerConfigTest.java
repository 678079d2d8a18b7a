package io.ottla.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ottla.core.config.ListenerSettings.Listener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class BrokerConfigTest {
  private static final Map<String, String> MINIMAL = Map.of("zookeeper.connect", "localhost:2181");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          broker.id                          | -1
          zookeeper.session.timeout.ms       | 6000
          num.io.threads                     | 8
          socket.request.max.bytes           | 104857600
          message.max.bytes                  | 1048588
          replica.lag.time.max.ms            | 30000
          replica.fetch.max.bytes            | 1048576
          log.retention.hours                | 168
          log.segment.bytes                  | 1073741824
          log.retention.check.interval.ms    | 300000
          offsets.topic.replication.factor   | 3
          offsets.topic.num.partitions       | 50
          transaction.state.log.min.isr      | 2
          group.initial.rebalance.delay.ms   | 3000
          controlled.shutdown.max.retries    | 3
          fetch.max.bytes                    | 57671680
          producer.id.expiration.ms          | 86400000
          """)
  void defaultsAreKafkasExceptTheDocumentedOnes(String key, String value) {
    assertThat(BrokerKeys.get(key).defaultText()).isEqualTo(value);
  }

  @Test
  void everyDefaultIsLegal() {
    for (BrokerKey key : BrokerKeys.all()) {
      if (key.defaultText() != null) {
        assertThat(key.parse(key.defaultText())).as(key.name()).isNotNull();
      }
    }
    assertThat(BrokerKeys.definition().names()).hasSameSizeAs(BrokerKeys.all());
    assertThat(TopicConfigs.definition().defaultValues()).doesNotContainValue(null);
  }

  @Test
  void aMinimalFileIsEnough() throws ConfigurationException {
    BrokerConfig config = BrokerConfig.parse(MINIMAL, "server.properties");
    assertThat(config.listeners().listeners())
        .containsExactly(new Listener("PLAINTEXT", "PLAINTEXT", "", 9092));
    assertThat(config.listeners().advertised()).isEmpty();
    assertThat(config.listeners().interBrokerListener()).isEqualTo("PLAINTEXT");
    assertThat(config.replication().lagTimeMax()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.logs().directories())
        .containsExactly(Path.of("data/kafka-logs").toAbsolutePath());
    assertThat(config.leadership().controlledShutdownTimeout()).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void relativeDirectoriesAreBelowTheHome() {
    System.setProperty(LogSettings.HOME_PROPERTY, "/opt/ottla");
    try {
      assertThat(LogSettings.resolve("data/a")).isEqualTo(Path.of("/opt/ottla/data/a"));
      assertThat(LogSettings.resolve("/var/b")).isEqualTo(Path.of("/var/b"));
    } finally {
      System.clearProperty(LogSettings.HOME_PROPERTY);
    }
  }

  @Test
  void allProblemsAreReportedTogetherWithKeyValueFileAndFix() {
    ConfigurationException e =
        fails(
            Map.of(
                "num.io.threads", "many",
                "log.retention.hours", "0",
                "replica.fetch.wait.max.ms", "40000",
                "broker.id", "2000",
                "advertised.listeners", "PLAINTEXT://0.0.0.0:9092",
                "authorizer.class.name", "kafka.security.authorizer.AclAuthorizer"));
    assertThat(e.problems())
        .containsExactlyInAnyOrder(
            "num.io.threads=many in server.properties: set it to a value of: int, >=1 (default 8)",
            "log.retention.hours=0 in server.properties: set it to a value of: int, -1 or >=1"
                + " (default 168)",
            "replica.fetch.wait.max.ms=40000 in server.properties: lower it to"
                + " replica.lag.time.max.ms=30000",
            "replica.socket.timeout.ms=30000 in server.properties: raise it to"
                + " replica.fetch.wait.max.ms=40000",
            "broker.id=2000 in server.properties: ids above reserved.broker.max.id=1000 are generated"
                + " ones: choose a smaller id, raise reserved.broker.max.id, or set"
                + " broker.id.generation.enable=false",
            "advertised.listeners=PLAINTEXT://0.0.0.0:9092 in server.properties: clients cannot connect"
                + " to 0.0.0.0 or to no host: name the host they shall use, or leave"
                + " advertised.listeners out so that each client is told the address it came by",
            "zookeeper.connect (not set) in server.properties: set it to the ZooKeeper servers, as"
                + " host:2181",
            "authorizer.class.name=kafka.security.authorizer.AclAuthorizer in server.properties: this"
                + " version cannot control access and would run open: remove it only if everybody who"
                + " reaches the listeners may do everything");
    assertThat(e).hasMessageStartingWith("8 problems in server.properties:\n  - ");
  }

  @Test
  void severalListenersAreParsedAndChecked() throws ConfigurationException {
    Map<String, String> given = new HashMap<>(MINIMAL);
    given.put("listeners", "IN://127.0.0.1:9092,out://[::1]:9093");
    given.put("listener.security.protocol.map", "IN:PLAINTEXT,OUT:PLAINTEXT");
    given.put("inter.broker.listener.name", "IN");
    given.put("advertised.listeners", "OUT://example.org:19093");
    ListenerSettings listeners = BrokerConfig.parse(given, "f").listeners();
    assertThat(listeners.listeners())
        .containsExactly(
            new Listener("IN", "PLAINTEXT", "127.0.0.1", 9092),
            new Listener("OUT", "PLAINTEXT", "::1", 9093));
    assertThat(listeners.interBrokerListener()).isEqualTo("IN");
    assertThat(listeners.advertised("OUT"))
        .contains(new Listener("OUT", "PLAINTEXT", "example.org", 19093));
    assertThat(listeners.advertised("IN")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          listeners                  | 9092                                      | as NAME://host:port
          listeners                  | PLAINTEXT://:99999                        | between 0 and 65535
          listeners                  | SSL://:9093                               | speaks PLAINTEXT only
          listeners                  | HOME://:9093                              | map HOME to a protocol
          listeners                  | PLAINTEXT://:9092,PLAINTEXT://:9093       | its own name
          advertised.listeners       | SSL://host:9093                           | only names of listeners
          inter.broker.listener.name | OTHER                                     | name one of the listeners
          queued.max.request.bytes   | 10                                        | raise it
          max.connections.per.ip     | 0                                         | nobody could connect
          zookeeper.set.acl          | true                                      | would run unprotected
          log.dirs                   | a,a                                       | once, not twice
          replica.selector.class     | org.example.Mine                          | not loaded
          """)
  void anImpossibleValueIsRefused(String key, String value, String words) {
    Map<String, String> given = new HashMap<>(MINIMAL);
    given.put(key, value);
    assertThat(fails(given).problems())
        .anySatisfy(problem -> assertThat(problem).startsWith(key + "=").contains(words));
  }

  @Test
  void secretsAreNotPrinted() {
    BrokerValues values =
        new BrokerValues(ConfigLayers.ofFile(Map.of("ssl.key.password", "hunter2")), "f");
    values.problem("ssl.key.password", "fix");
    assertThat(values.problems()).containsExactly("ssl.key.password=[hidden] in f: fix");
  }

  @Test
  void namesWithoutEffectAreListedOnceAndUnknownOnesOnce() throws ConfigurationException {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(BrokerConfig.class);
    lines.start();
    logger.addAppender(lines);
    try {
      Map<String, String> given = new HashMap<>(MINIMAL);
      given.put("log.cleaner.threads", "2");
      given.put("inter.broker.protocol.version", "3.9");
      given.put("log.retention.huors", "1");
      given.put("my.key", "1");
      BrokerConfig.parse(given, "server.properties");
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list.stream().map(ILoggingEvent::getFormattedMessage))
        .isEqualTo(
            List.of(
                "Accepted and ignored in server.properties: inter.broker.protocol.version,"
                    + " log.cleaner.threads",
                "Unknown names in server.properties, perhaps misspelt: log.retention.huors, my.key"));
  }

  private static ConfigurationException fails(Map<String, String> given) {
    return catchThrowableOfType(
        ConfigurationException.class, () -> BrokerConfig.parse(given, "server.properties"));
  }
}
