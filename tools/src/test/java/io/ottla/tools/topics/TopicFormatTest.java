package io.ottla.tools.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.ToolException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class TopicFormatTest {
  private static final Node ONE = new Node(1, "h", 1);
  private static final Node TWO = new Node(2, "h", 2);
  private static final Node THREE = new Node(3, "h", 3);

  private static TopicRow row() {
    TopicDescription description =
        new TopicDescription(
            "t",
            false,
            List.of(
                new TopicPartitionInfo(0, ONE, List.of(ONE, TWO, THREE), List.of(ONE, TWO)),
                new TopicPartitionInfo(
                    1,
                    null,
                    List.of(TWO, THREE, ONE),
                    List.of(),
                    List.of(THREE),
                    List.of(ONE, TWO))),
            Set.of(),
            Uuid.fromString("AAAAAAAAAAAAAAAAAAAAFQ"));
    Config config =
        new Config(
            List.of(
                new ConfigEntry("min.insync.replicas", "2"),
                new ConfigEntry("cleanup.policy", "compact,delete")));
    return TopicReader.row(description, config, Map.of(), Set.of(1, 2));
  }

  @Test
  void printsKafkasLayout() {
    TopicRow row = row();
    assertThat(TopicFormat.header(row))
        .startsWith(
            "Topic: t\tTopicId: AAAAAAAAAAAAAAAAAAAAFQ\tPartitionCount: 2\tReplicationFactor: 3\tConfigs: ")
        .contains("min.insync.replicas=2")
        .contains("cleanup.policy=compact,delete");
    assertThat(TopicFormat.line(row.partitions().get(0)))
        .isEqualTo(
            "\tTopic: t\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2\tElr: N/A\tLastKnownElr: N/A");
    assertThat(TopicFormat.line(row.partitions().get(1)))
        .isEqualTo(
            "\tTopic: t\tPartition: 1\tLeader: none\tReplicas: 2,3,1\tIsr: \tElr: 3\tLastKnownElr: 1,2");
  }

  @Test
  void printsAReassignment() {
    PartitionRow moving =
        new PartitionRow(
            "t", 0, 1, true, List.of(1, 2, 3), List.of(1), null, null, List.of(3), List.of(1));
    assertThat(TopicFormat.line(moving))
        .contains("\tIsr: 1\tAdding Replicas: 3\tRemoving Replicas: 1\tElr: N/A");
    assertThat(moving.replicationFactor()).isEqualTo(2);
  }

  @Test
  void knowsWhichPartitionsAreInTrouble() {
    List<PartitionRow> partitions = row().partitions();
    assertThat(partitions).allMatch(PartitionRow::isUnderReplicated);
    assertThat(partitions.get(0).isUnavailable()).isFalse();
    assertThat(partitions.get(1).isUnavailable()).isTrue();
    assertThat(row().minIsr()).isEqualTo(2);
  }

  @Test
  void jsonHasTheSameFields() {
    TopicRow row = row();
    assertThat(new Json().line(TopicFormat.json(row, row.partitions().subList(1, 2))))
        .startsWith("{\"name\":\"t\",\"topicId\":\"AAAAAAAAAAAAAAAAAAAAFQ\",\"internal\":false,")
        .endsWith(
            "\"partitions\":[{\"partition\":1,\"leader\":null,\"replicas\":[2,3,1],\"isr\":[],\"elr\":[3],"
                + "\"lastKnownElr\":[1,2],\"addingReplicas\":[],\"removingReplicas\":[]}]}");
  }

  @Test
  void readsAReplicaAssignment() {
    assertThat(ReplicaAssignment.parse("1:2,2:3"))
        .isEqualTo(Map.of(0, List.of(1, 2), 1, List.of(2, 3)));
    for (String wrong : new String[] {"1:1", "1:2,3", "a", "1,,2"}) {
      assertThatThrownBy(() -> ReplicaAssignment.parse(wrong))
          .as(wrong)
          .isInstanceOf(ToolException.class);
    }
  }
}
