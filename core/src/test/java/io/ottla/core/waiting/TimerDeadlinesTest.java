package io.ottla.core.waiting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimerDeadlinesTest {
  private final TimerDeadlines deadlines = new TimerDeadlines();

  @AfterEach
  void close() {
    deadlines.close();
  }

  @Test
  void firesOnceNotBeforeItsTimeOnTheTimerThread() {
    AtomicInteger fired = new AtomicInteger();
    AtomicLong at = new AtomicLong();
    ConcurrentLinkedQueue<String> threads = new ConcurrentLinkedQueue<>();
    long start = deadlines.nanoTime();
    deadlines.schedule(
        TimeUnit.MILLISECONDS.toNanos(30),
        () -> {
          at.set(deadlines.nanoTime());
          threads.add(Thread.currentThread().getName());
          fired.incrementAndGet();
        });
    await().atMost(Duration.ofSeconds(5)).until(() -> fired.get() > 0);
    assertThat(at.get() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(threads).containsExactly("timer");
    assertThat(fired).hasValue(1);
  }

  @Test
  void firesInTheOrderOfTheDeadlines() {
    ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
    deadlines.schedule(TimeUnit.MILLISECONDS.toNanos(60), () -> order.add(2));
    deadlines.schedule(TimeUnit.MILLISECONDS.toNanos(20), () -> order.add(1));
    deadlines.schedule(0, () -> order.add(0));
    await().atMost(Duration.ofSeconds(5)).until(() -> order.size() == 3);
    assertThat(order).containsExactly(0, 1, 2);
  }

  @Test
  void whatIsCancelledDoesNotFire() {
    AtomicInteger fired = new AtomicInteger();
    AtomicInteger last = new AtomicInteger();
    for (int i = 0; i < 100_000; i++) {
      deadlines
          .schedule(TimeUnit.MILLISECONDS.toNanos(50 + i % 50), fired::incrementAndGet)
          .cancel();
    }
    deadlines.schedule(TimeUnit.MILLISECONDS.toNanos(120), last::incrementAndGet);
    await().atMost(Duration.ofSeconds(5)).until(() -> last.get() == 1);
    assertThat(fired).hasValue(0);
  }

  @Test
  void anActionThatFailsDoesNotStopTheOthers() {
    AtomicInteger fired = new AtomicInteger();
    deadlines.schedule(
        0,
        () -> {
          throw new IllegalStateException("meant to fail");
        });
    deadlines.schedule(TimeUnit.MILLISECONDS.toNanos(10), fired::incrementAndGet);
    await().atMost(Duration.ofSeconds(5)).until(() -> fired.get() == 1);
  }

  @Test
  void noneIsLostWhenManyThreadsSchedule() throws InterruptedException {
    AtomicInteger fired = new AtomicInteger();
    int each = 20_000;
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      int salt = t;
      threads[t] =
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  deadlines.schedule(((i * 31L + salt) % 40) * 500_000L, fired::incrementAndGet);
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> fired.get() == threads.length * each);
  }
}
