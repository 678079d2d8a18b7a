package io.ottla.core.waiting;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Time in the hands of a test. Confined to its thread. */
public final class ManualDeadlines implements Deadlines {
  private record Entry(long at, long sequence, Runnable onFire) {}

  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::sequence));
  private long now = 1_000_000_000L;
  private long sequence;

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public Cancellable schedule(long delayNanos, Runnable onFire) {
    Entry entry = new Entry(now + Math.max(0, delayNanos), sequence++, onFire);
    entries.add(entry);
    return () -> entries.remove(entry);
  }

  /** Lets time pass and fires what falls due, in order. */
  public void advance(long nanos) {
    long until = now + nanos;
    while (!entries.isEmpty() && entries.peek().at() <= until) {
      Entry entry = entries.poll();
      now = Math.max(now, entry.at());
      entry.onFire().run();
    }
    now = until;
  }

  /** Nanoseconds until the next deadline, MAX_VALUE when there is none. */
  public long untilNext() {
    return entries.isEmpty() ? Long.MAX_VALUE : Math.max(0, entries.peek().at() - now);
  }

  public int size() {
    return entries.size();
  }
}
