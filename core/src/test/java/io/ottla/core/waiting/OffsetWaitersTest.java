package io.ottla.core.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OffsetWaitersTest {
  private final OffsetWaiters waiters = new OffsetWaiters(100);
  private final List<Long> reached = new ArrayList<>();
  private final List<Long> abandoned = new ArrayList<>();

  private final class Recorder extends OffsetWaiters.Waiter {
    Recorder(long offset) {
      super(offset);
    }

    @Override
    protected void reached() {
      reached.add(offset());
    }

    @Override
    protected void abandoned() {
      abandoned.add(offset());
    }
  }

  @Test
  void aSweepCompletesUpToItsBoundInOrder() {
    for (long offset : new long[] {5, 3, 9, 3, 7}) {
      assertThat(waiters.add(new Recorder(offset))).isTrue();
    }
    waiters.sweep(2);
    assertThat(reached).isEmpty();
    waiters.sweep(5);
    assertThat(reached).containsExactly(3L, 3L, 5L);
    waiters.sweep(5);
    assertThat(waiters.size()).isEqualTo(2);
    waiters.abandonAll();
    assertThat(abandoned).containsExactly(7L, 9L);
    assertThat(waiters.anyUpTo(Long.MAX_VALUE - 1)).isFalse();
  }

  @Test
  void whatIsWithdrawnIsNeverCompleted() {
    Recorder waiter = new Recorder(4);
    waiters.add(waiter);
    assertThat(waiter.withdraw()).isTrue();
    assertThat(waiter.withdraw()).isFalse();
    waiters.sweep(10);
    assertThat(reached).isEmpty();
    waiters.add(waiter);
    waiters.sweep(10);
    assertThat(waiter.withdraw()).isFalse();
    assertThat(reached).containsExactly(4L);
  }

  @Test
  void moreThanTheLimitIsRefused() {
    OffsetWaiters small = new OffsetWaiters(1);
    assertThat(small.add(new Recorder(1))).isTrue();
    assertThat(small.add(new Recorder(1))).isFalse();
  }

  @Test
  void aCompletionMayAddAndSweep() {
    waiters.add(
        new OffsetWaiters.Waiter(1) {
          @Override
          protected void reached() {
            waiters.add(new Recorder(1));
            waiters.sweep(1);
          }
        });
    waiters.sweep(1);
    assertThat(reached).containsExactly(1L);
  }

  @Property(tries = 200)
  void everyWaiterIsCompletedExactlyOnce(
      @ForAll @Size(max = 60) List<@IntRange(max = 40) Integer> offsets,
      @ForAll @IntRange(max = 40) int bound) {
    OffsetWaiters all = new OffsetWaiters(100);
    reached.clear();
    offsets.forEach(offset -> all.add(new Recorder(offset)));
    all.sweep(bound);
    assertThat(reached)
        .containsExactlyElementsOf(
            offsets.stream().filter(o -> o <= bound).sorted().map(Integer::longValue).toList());
    assertThat(all.size()).isEqualTo(offsets.size() - reached.size());
  }

  /** Publish then sweep on one side, add then look on the other: nobody is forgotten. */
  @Test
  void noWaiterIsLostBetweenPublishingAndAdding() throws InterruptedException {
    OffsetWaiters shared = new OffsetWaiters(1000);
    AtomicLong published = new AtomicLong();
    AtomicInteger completed = new AtomicInteger();
    int rounds = 20_000;
    CountDownLatch start = new CountDownLatch(1);
    Thread publisher =
        new Thread(
            () -> {
              try {
                start.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              for (int i = 1; i <= rounds; i++) {
                published.set(i);
                shared.sweep(i);
              }
            });
    publisher.start();
    start.countDown();
    Random random = new Random(7);
    int added = 0;
    for (int i = 1; i <= rounds; i++) {
      OffsetWaiters.Waiter waiter =
          new OffsetWaiters.Waiter(Math.min(rounds, published.get() + random.nextInt(3))) {
            @Override
            protected void reached() {
              completed.incrementAndGet();
            }
          };
      if (shared.add(waiter)) {
        added++;
        if (published.get() >= waiter.offset() && waiter.withdraw()) {
          completed.incrementAndGet();
        }
      }
    }
    publisher.join();
    assertThat(completed.get()).isEqualTo(added);
  }
}
