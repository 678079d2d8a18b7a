package io.ottla.tools.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.ToolException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.junit.jupiter.api.Test;

class ClusterToolsTest {
  private static final TopicPartition T0 = new TopicPartition("t", 0);
  private static final TopicPartition T1 = new TopicPartition("t", 1);
  private static final TopicPartition T10 = new TopicPartition("t", 10);

  @Test
  void apiVersionsHaveKafkasLayout() {
    List<ApiVersionsFormat.Row> rows =
        ApiVersionsFormat.rows(
            List.of(
                new ApiVersion()
                    .setApiKey((short) 0)
                    .setMinVersion((short) 3)
                    .setMaxVersion((short) 4),
                new ApiVersion()
                    .setApiKey((short) 999)
                    .setMinVersion((short) 0)
                    .setMaxVersion((short) 1)));
    String text = ApiVersionsFormat.text(new Node(1, "h", 9092), rows);
    assertThat(text)
        .startsWith(
            "h:9092 (id: 1 rack: null) -> (\n\tProduce(0): 3 to 4 [usable: 4],\n\tFetch(1): UNSUPPORTED,\n")
        .endsWith(",\n\tUNKNOWN(999): 0 to 1\n)");
    assertThat(
            new Json()
                .line(ApiVersionsFormat.json(new Node(1, "h", 9092), rows.subList(0, 1), null)))
        .isEqualTo(
            "{\"id\":1,\"host\":\"h\",\"port\":9092,\"rack\":null,\"error\":null,\"apis\":[{\"key\":0,"
                + "\"name\":\"Produce\",\"supported\":true,\"minVersion\":3,\"maxVersion\":4,\"usableVersion\":4}]}");
  }

  @Test
  void logDirsAreSortedJson() {
    LogDirDescription good =
        new LogDirDescription(
            null, Map.of(T10, new ReplicaInfo(5, 0, false), T1, new ReplicaInfo(7, 1, true)));
    LogDirDescription bad = new LogDirDescription(new KafkaStorageException("gone"), Map.of());
    assertThat(
            new Json()
                .line(
                    LogDirs.json(
                        Map.of(1, new TreeMap<>(Map.of("/d", good, "/e", bad))), Set.of())))
        .isEqualTo(
            "{\"version\":1,\"brokers\":[{\"broker\":1,\"logDirs\":[{\"logDir\":\"/d\",\"error\":null,\"partitions\":["
                + "{\"partition\":\"t-1\",\"size\":7,\"offsetLag\":1,\"isFuture\":true},"
                + "{\"partition\":\"t-10\",\"size\":5,\"offsetLag\":0,\"isFuture\":false}]},"
                + "{\"logDir\":\"/e\",\"error\":\"org.apache.kafka.common.errors.KafkaStorageException\","
                + "\"partitions\":[]}]}]}");
  }

  @Test
  void electionsAreReportedByOutcome() {
    TreeMap<TopicPartition, Optional<Throwable>> answer =
        new TreeMap<>((a, b) -> Integer.compare(a.partition(), b.partition()));
    answer.put(T0, Optional.empty());
    answer.put(T1, Optional.of(new ElectionNotNeededException("no")));
    answer.put(T10, Optional.of(new IOException("bad")));
    assertThat(LeaderElection.Outcome.of(answer).lines(ElectionType.PREFERRED))
        .containsExactly(
            "Successfully completed leader election (PREFERRED) for partitions t-0",
            "Valid replica already elected for partitions t-1",
            "Error completing leader election (PREFERRED) for partition: t-10: java.io.IOException: bad");
  }

  @Test
  void partitionsOfAnElectionComeFromJson() throws IOException {
    assertThat(
            LeaderElection.read(
                "{\"partitions\":[{\"topic\":\"t\",\"partition\":0},{\"topic\":\"t\",\"partition\":1}]}"))
        .containsExactly(T0, T1);
    for (String wrong :
        new String[] {
          "{}",
          "nonsense",
          "{\"partitions\":[{\"topic\":\"t\"}]}",
          "{\"partitions\":[{\"topic\":\"t\",\"partition\":0},{\"topic\":\"t\",\"partition\":0}]}"
        }) {
      assertThatThrownBy(() -> LeaderElection.read(wrong))
          .as(wrong)
          .isInstanceOf(ToolException.class);
    }
  }

  @Test
  void partitionsAreChosenByRangesWithoutTheirUpperEnd() {
    PartitionChoice some = PartitionChoice.of("t", "0,2-4,9-", false).get(0);
    assertThat(List.of(0, 1, 2, 3, 4, 8, 9, 100).stream().filter(p -> some.accepts("t", p)))
        .containsExactly(0, 2, 3, 9, 100);
    assertThat(some.accepts("u", 0)).isFalse();
    List<PartitionChoice> list = PartitionChoice.ofList("t:0-1,:-2,v", false);
    assertThat(list.get(1).accepts("any", 1)).isTrue();
    assertThat(list.get(1).accepts("any", 2)).isFalse();
    assertThat(list.get(2).accepts("v", 77)).isTrue();
    for (String wrong : new String[] {"a", "-", "1-b"}) {
      assertThatThrownBy(() -> PartitionChoice.of("t", wrong, false))
          .as(wrong)
          .isInstanceOf(ToolException.class);
    }
  }

  @Test
  void timesHaveNamesAndNumbers() {
    assertThat(GetOffsets.spec("-2")).isInstanceOf(GetOffsets.spec("earliest").getClass());
    assertThat(GetOffsets.spec("-1")).isInstanceOf(GetOffsets.spec("LATEST").getClass());
    assertThatThrownBy(() -> GetOffsets.spec("noon")).isInstanceOf(ToolException.class);
  }
}
