package io.ottla.core.state;

import io.ottla.core.waiting.Deadlines;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/** The two times of a coordinator. Thread safe. */
public final class ShardClock {
  private final Deadlines deadlines;
  private final Clock wall;

  public ShardClock(Deadlines deadlines, Clock wall) {
    this.deadlines = deadlines;
    this.wall = wall;
  }

  /** Milliseconds for timeouts; differences only. */
  public long monotonicMs() {
    return TimeUnit.NANOSECONDS.toMillis(deadlines.nanoTime());
  }

  /** Milliseconds since 1970. */
  public long wallMs() {
    return wall.millis();
  }
}
