package io.ottla.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void padsToTheLeastWidthOrTheLongestCell() {
    Table table = new Table(List.of("GROUP", "TOPIC", "LAG"), 7, 5);
    table.row("g", "a-long-topic", 3);
    table.row("g2", null, null);
    assertThat(table.lines())
        .containsExactly(
            "GROUP   TOPIC        LAG", "g       a-long-topic 3", "g2      -            -");
  }
}
