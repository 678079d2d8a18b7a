package io.ottla.coordination.znode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.Endpoint;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.coordination.cluster.TopicImage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** What Kafka writes is read, what we write begins as Kafka's does. */
class ZNodesTest {
  private static final Uuid ID = new Uuid(7, 9);

  @Test
  void brokerRegistration() {
    BrokerRegistration broker =
        new BrokerRegistration(
            3,
            42,
            List.of(
                new Endpoint("PLAINTEXT", "PLAINTEXT", "h", 9092),
                new Endpoint("SSL", "SSL", "::1", 9093)),
            Optional.of("r1"),
            "abc",
            false,
            true);
    assertThat(text(BrokerZNode.encode(broker, 1700000000000L)))
        .isEqualTo(
            "{\"version\":5,\"host\":\"h\",\"port\":9092,\"jmx_port\":-1,\"timestamp\":\"1700000000000\","
                + "\"endpoints\":[\"PLAINTEXT://h:9092\",\"SSL://[::1]:9093\"],\"rack\":\"r1\","
                + "\"listener_security_protocol_map\":{\"PLAINTEXT\":\"PLAINTEXT\",\"SSL\":\"SSL\"},"
                + "\"features\":{},\"incarnation\":\"abc\"}");
    assertThat(BrokerZNode.decode(3, BrokerZNode.encode(broker, 1), 42)).isEqualTo(broker);
    BrokerRegistration leaving = broker.withDraining(true).withTrusted(false);
    assertThat(BrokerZNode.decode(3, BrokerZNode.encode(leaving, 1), 42)).isEqualTo(leaving);
    BrokerRegistration kafka =
        BrokerZNode.decode(
            1,
            bytes(
                "{\"version\":5,\"host\":\"h\",\"port\":9092,\"jmx_port\":-1,\"timestamp\":\"1700000000000\","
                    + "\"endpoints\":[\"EXTERNAL://h:9092\"],\"rack\":null,"
                    + "\"listener_security_protocol_map\":{\"EXTERNAL\":\"SASL_SSL\"},\"features\":{}}"),
            5);
    assertThat(kafka.endpoint("EXTERNAL"))
        .contains(new Endpoint("EXTERNAL", "SASL_SSL", "h", 9092));
    assertThat(kafka.trusted()).isTrue();
    assertThat(kafka.rack()).isEmpty();
    assertThatThrownBy(() -> BrokerZNode.decode(1, bytes("{\"endpoints\":[\"nonsense\"]}"), 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/brokers/ids/1")
        .hasMessageContaining("nonsense");
  }

  @Test
  void topic() {
    String kafka =
        "{\"version\":3,\"topic_id\":\""
            + ID
            + "\",\"partitions\":{\"0\":[1,2,3],\"1\":[2,3,1]},"
            + "\"adding_replicas\":{\"0\":[4]},\"removing_replicas\":{\"0\":[1]}}";
    TopicImage topic = TopicZNode.decode("t", bytes(kafka));
    assertThat(topic.id()).isEqualTo(ID);
    assertThat(topic.partitions().get(0))
        .isEqualTo(new PartitionImage(0, List.of(1, 2, 3), List.of(4), List.of(1), null, -1));
    assertThat(text(TopicZNode.encode(topic))).isEqualTo(kafka);
    assertThat(TopicZNode.decode("t", bytes("{\"version\":1,\"partitions\":{\"0\":[1]}}")).id())
        .isEqualTo(Uuid.ZERO_UUID);
    for (String wrong : List.of("", "[]", "{}", "{\"partitions\":{\"1\":[1]}}")) {
      assertThatThrownBy(() -> TopicZNode.decode("t", bytes(wrong)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("/brokers/topics/t");
    }
  }

  @Test
  void partitionState() {
    PartitionState kafka =
        PartitionStateZNode.decode(
            "p",
            bytes(
                "{\"controller_epoch\":1,\"leader\":1,\"version\":1,\"leader_epoch\":0,\"isr\":[1,2]}"));
    assertThat(kafka)
        .isEqualTo(
            new PartitionState(
                1, 1, 0, List.of(new IsrMember(1, -1), new IsrMember(2, -1)), List.of(), false));
    PartitionState ours =
        new PartitionState(
            4, -1, 7, List.of(new IsrMember(1, 10)), List.of(new IsrMember(2, 20)), true);
    assertThat(text(PartitionStateZNode.encode(ours)))
        .isEqualTo(
            "{\"controller_epoch\":4,\"leader\":-1,\"version\":1,\"leader_epoch\":7,\"isr\":[1],\"isr_epochs\":[10],"
                + "\"elr\":[2],\"elr_epochs\":[20],\"leader_recovery_state\":1}");
    assertThat(PartitionStateZNode.decode("p", PartitionStateZNode.encode(ours))).isEqualTo(ours);
    assertThat(PartitionStateZNode.path("t", 3)).isEqualTo("/brokers/topics/t/partitions/3/state");
  }

  @Test
  void office() {
    assertThat(text(ControllerZNode.encode(1, 1700000000000L)))
        .isEqualTo(
            "{\"version\":2,\"brokerid\":1,\"timestamp\":\"1700000000000\",\"kraftControllerEpoch\":-1}");
    assertThat(ControllerZNode.decode(bytes("{\"version\":1,\"brokerid\":7,\"timestamp\":\"1\"}")))
        .isEqualTo(7);
    assertThat(ControllerEpochZNode.decode(ControllerEpochZNode.encode(12))).isEqualTo(12);
    assertThatThrownBy(() -> ControllerEpochZNode.decode(bytes("x")))
        .hasMessageContaining("/controller_epoch");
  }

  @Test
  void others() {
    assertThat(text(ConfigZNode.encode(Map.of("retention.ms", "1000"))))
        .isEqualTo("{\"version\":1,\"config\":{\"retention.ms\":\"1000\"}}");
    assertThat(ConfigZNode.decode("p", bytes("{\"version\":1,\"config\":{\"a\":\"b\"}}")))
        .containsExactly(Map.entry("a", "b"));
    assertThat(ConfigZNode.decode("p", null)).isEmpty();
    assertThat(ConfigZNode.brokerPath(OptionalInt.empty())).isEqualTo("/config/brokers/<default>");
    assertThat(text(ConfigChangeZNode.encode("topics/foo")))
        .isEqualTo("{\"version\":2,\"entity_path\":\"topics/foo\"}");
    assertThat(DeleteTopicZNode.decode("p", DeleteTopicZNode.encode(ID))).isEqualTo(ID);
    assertThat(DeleteTopicZNode.decode("p", null)).isEqualTo(Uuid.ZERO_UUID);
    assertThat(text(ClusterIdZNode.encode("abc"))).isEqualTo("{\"version\":\"1\",\"id\":\"abc\"}");
    assertThat(ClusterIdZNode.decode(bytes("{\"version\":\"1\",\"id\":\"abc\"}"))).isEqualTo("abc");
    assertThat(text(ProducerIdBlockZNode.encode(1, new ProducerIdBlock(0, 1000))))
        .isEqualTo("{\"version\":1,\"broker\":1,\"block_start\":\"0\",\"block_end\":\"999\"}");
    assertThat(
            ProducerIdBlockZNode.nextId(
                ProducerIdBlockZNode.encode(1, new ProducerIdBlock(5000, 1000))))
        .isEqualTo(6000);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
