package io.ottla.tools.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.ToolException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class GroupsTest {
  @Test
  void offsetsHaveKafkasColumns() {
    List<OffsetRow> rows =
        List.of(
            new OffsetRow("g", "t", 0, 3L, 10L, "c-1", "/127.0.0.1", "c"),
            new OffsetRow("g", "t", 1, null, 4L, null, null, null));
    assertThat(ConsumerGroups.offsetTable(rows).lines())
        .containsExactly(
            "GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID",
            "g               t               0          3               10              7               c-1             /127.0.0.1      c",
            "g               t               1          -               4               -               -               -               -");
    assertThat(new Json().line(rows.get(1).json()))
        .isEqualTo(
            "{\"group\":\"g\",\"topic\":\"t\",\"partition\":1,\"currentOffset\":null,\"logEndOffset\":4,"
                + "\"lag\":null,\"consumerId\":null,\"host\":null,\"clientId\":null}");
  }

  @Test
  void resetRowsHaveKafkasColumns() {
    assertThat(OffsetReset.row("g", "t", 0, 5))
        .isEqualTo(
            "g                              t                              0          5              ");
  }

  @Test
  void resetArgumentsAreRead() {
    assertThat(ResetPlan.topicArgument("t")).isEqualTo(Map.entry("t", Optional.empty()));
    assertThat(ResetPlan.topicArgument("t:0,2"))
        .isEqualTo(Map.entry("t", Optional.of(List.of(0, 2))));
    assertThat(ResetPlan.time("2026-11-20T10:00:00.000"))
        .isEqualTo(Instant.parse("2026-11-20T10:00:00Z"));
    assertThat(ResetPlan.time("2026-11-20T10:00:00.000+01:00"))
        .isEqualTo(Instant.parse("2026-11-20T09:00:00Z"));
    assertThat(ResetPlan.duration("P1DT2H")).isEqualTo(Duration.ofHours(26));
    assertThat(ResetPlan.clamp(5, 7, 9)).isEqualTo(7);
    assertThat(ResetPlan.clamp(50, 7, 9)).isEqualTo(9);
    assertThatThrownBy(() -> ResetPlan.time("noon")).isInstanceOf(ToolException.class);
    assertThatThrownBy(() -> ResetPlan.topicArgument("t:x")).isInstanceOf(ToolException.class);
  }

  @Test
  void exportedFilesAreRead() {
    assertThat(ResetPlan.csv(List.of("t,0,5", "", "g,u,1,6", "h,u,2,7"), "g"))
        .isEqualTo(Map.of(new TopicPartition("t", 0), 5L, new TopicPartition("u", 1), 6L));
    assertThatThrownBy(() -> ResetPlan.csv(List.of("t,0"), "g")).isInstanceOf(ToolException.class);
    assertThatThrownBy(() -> ResetPlan.csv(List.of("t,0,x"), "g"))
        .isInstanceOf(ToolException.class);
  }
}
