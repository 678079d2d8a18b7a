package io.ottla.core.api.topics;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;

class TopicNamesTest {
  @Property
  void agreesWithTheClientsRules(@ForAll String name) {
    check(name);
    check(name.replaceAll("[^a-zA-Z0-9._-]", ""));
  }

  @Property(tries = 50)
  void agreesOnLength(
      @ForAll @net.jqwik.api.constraints.IntRange(min = 240, max = 260) int length) {
    check("x".repeat(length));
    check(".".repeat(length - 240));
  }

  private static void check(String name) {
    boolean allowed = true;
    try {
      Topic.validate(name);
    } catch (InvalidTopicException refused) {
      allowed = false;
    }
    assertThat(TopicNames.isValid(name)).as(name).isEqualTo(allowed);
  }
}
