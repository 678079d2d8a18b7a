package io.ottla.network.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ResponseOrdererTest {

  @Property(tries = 300)
  void whateverTheOrderOfCompletionTheOrderOfBeginningComesOut(@ForAll long seed) {
    Random random = new Random(seed);
    ResponseOrderer<Long> orderer = new ResponseOrderer<>();
    List<Long> open = new ArrayList<>();
    long begun = 0;
    long polled = 0;
    for (int step = 0; step < 400; step++) {
      if (random.nextInt(3) == 0 || open.isEmpty()) {
        long sequence = orderer.begin();
        assertThat(sequence).isEqualTo(begun++);
        open.add(sequence);
      } else {
        long sequence = open.remove(random.nextInt(open.size()));
        orderer.complete(sequence, sequence);
      }
      for (Long next = orderer.poll(); next != null; next = orderer.poll()) {
        assertThat(next).isEqualTo(polled++);
        assertThat(open).doesNotContain(next);
      }
      assertThat(orderer.inFlight()).isEqualTo((int) (begun - polled));
    }
    open.forEach(sequence -> orderer.complete(sequence, sequence));
    for (Long next = orderer.poll(); next != null; next = orderer.poll()) {
      assertThat(next).isEqualTo(polled++);
    }
    assertThat(polled).isEqualTo(begun);
  }

  @Test
  void refusesWhatIsNotOpen() {
    ResponseOrderer<String> orderer = new ResponseOrderer<>();
    assertThatThrownBy(() -> orderer.complete(0, "a")).isInstanceOf(IllegalArgumentException.class);
    orderer.begin();
    orderer.complete(0, "a");
    assertThatThrownBy(() -> orderer.complete(0, "b")).isInstanceOf(IllegalArgumentException.class);
    assertThat(orderer.poll()).isEqualTo("a");
    assertThatThrownBy(() -> orderer.complete(0, "c")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void givingUpFindsWhatIsCompleteOutOfOrder() {
    ResponseOrderer<String> orderer = new ResponseOrderer<>();
    for (int i = 0; i < 10; i++) {
      orderer.begin();
    }
    orderer.complete(3, "three");
    orderer.complete(9, "nine");
    assertThat(orderer.poll()).isNull();
    assertThat(List.of(orderer.pollAny(), orderer.pollAny()))
        .containsExactlyInAnyOrder("three", "nine");
    assertThat(orderer.pollAny()).isNull();
  }
}
