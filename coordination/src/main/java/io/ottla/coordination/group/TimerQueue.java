package io.ottla.coordination.group;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Deadlines as data, monotonic milliseconds. Moving a deadline later only stores a number, because
 * every heartbeat does that; the entry is re-queued when its old time comes. Always true: each
 * armed timer has an entry at or before its deadline. Not thread safe.
 */
final class TimerQueue {
  static final long NEVER = Long.MAX_VALUE;

  /** What a timer is for. */
  enum Kind {
    SESSION,
    PENDING_MEMBER,
    JOIN,
    SYNC,
    EXPIRY
  }

  /** One deadline of a group or of one of its members. */
  static final class Timer {
    final Kind kind;
    final Group group;
    final String memberId;
    private long deadlineMs = NEVER;
    private long queuedMs = NEVER;

    Timer(Kind kind, Group group, String memberId) {
      this.kind = kind;
      this.group = group;
      this.memberId = memberId;
    }

    boolean armed() {
      return deadlineMs != NEVER;
    }
  }

  private record Entry(long atMs, Timer timer) {}

  private static final int REBUILD_FLOOR = 1_024;

  private PriorityQueue<Entry> entries = new PriorityQueue<>(Comparator.comparing(Entry::atMs));
  private int armed;

  void set(Timer timer, long deadlineMs) {
    if (!timer.armed()) {
      armed++;
    }
    timer.deadlineMs = deadlineMs;
    if (deadlineMs < timer.queuedMs) {
      enqueue(timer);
    }
  }

  void cancel(Timer timer) {
    if (timer != null && timer.armed()) {
      timer.deadlineMs = NEVER;
      armed--;
    }
  }

  /** Earliest moment at which {@link #pollDue} may have something; {@link #NEVER} for none. */
  long nextMs() {
    Entry first = entries.peek();
    return first == null ? NEVER : first.atMs();
  }

  /** The next timer that is due, disarmed; null when none is. */
  Timer pollDue(long nowMs) {
    while (nextMs() <= nowMs) {
      Entry entry = entries.remove();
      Timer timer = entry.timer();
      if (entry.atMs() != timer.queuedMs) {
        continue;
      }
      timer.queuedMs = NEVER;
      if (!timer.armed()) {
        continue;
      }
      if (timer.deadlineMs > nowMs) {
        enqueue(timer);
        continue;
      }
      cancel(timer);
      return timer;
    }
    return null;
  }

  private void enqueue(Timer timer) {
    timer.queuedMs = timer.deadlineMs;
    entries.add(new Entry(timer.deadlineMs, timer));
    if (entries.size() > REBUILD_FLOOR + 3 * armed) {
      dropStale();
    }
  }

  /** Cancelled timers would otherwise keep their entries until their time. */
  private void dropStale() {
    PriorityQueue<Entry> live = new PriorityQueue<>(Comparator.comparing(Entry::atMs));
    for (Entry entry : entries) {
      Timer timer = entry.timer();
      if (entry.atMs() != timer.queuedMs) {
        continue;
      }
      if (timer.armed()) {
        live.add(entry);
      } else {
        timer.queuedMs = NEVER;
      }
    }
    entries = live;
  }
}
