package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private final List<String> stopped = new ArrayList<>();
  private final Lifecycle lifecycle = new Lifecycle(System::nanoTime);

  @Test
  void componentsAreClosedInReverseOrderThoughOneFails() throws Exception {
    lifecycle.start("a", () -> "A", stopped::add);
    lifecycle.start(
        "b",
        () -> "B",
        b -> {
          throw new IllegalStateException("stuck");
        });
    lifecycle.start("c", () -> "C", stopped::add);
    assertThatThrownBy(
            () ->
                lifecycle.start(
                    "d",
                    () -> {
                      throw new IllegalStateException("never started");
                    },
                    d -> stopped.add("D")))
        .hasMessage("never started");

    assertThat(lifecycle.times()).matches("a \\d+ ms, b \\d+ ms, c \\d+ ms");
    lifecycle.close();
    lifecycle.close();

    assertThat(stopped).containsExactly("C", "A");
  }
}
