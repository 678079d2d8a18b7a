package io.ottla.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopicFilterTest {
  private static final List<String> TOPICS = List.of("b", "a1", "a2", "__consumer_offsets");

  @Test
  void choosesByWholeNameAndSorts() {
    assertThat(TopicFilter.of("a.", false).choose(TOPICS)).containsExactly("a1", "a2");
    assertThat(TopicFilter.of("a", false).choose(TOPICS)).isEmpty();
    assertThat(TopicFilter.of(null, false).choose(TOPICS))
        .containsExactly("__consumer_offsets", "a1", "a2", "b");
  }

  @Test
  void commasAreAlternativesAndQuotesAreTakenOff() {
    assertThat(TopicFilter.of("'b, a1'", false).choose(TOPICS)).containsExactly("a1", "b");
  }

  @Test
  void internalTopicsCanBeLeftOut() {
    assertThat(TopicFilter.of(null, true).choose(TOPICS)).containsExactly("a1", "a2", "b");
  }

  @Test
  void aWrongExpressionIsNamed() {
    assertThatThrownBy(() -> TopicFilter.of("a[", false))
        .isInstanceOf(ToolException.class)
        .hasMessageContaining("'a['");
  }
}
