package io.ottla.log;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A wall clock that stands still until it is moved. */
final class ManualClock extends Clock {
  private volatile long nowMs = 1_700_000_000_000L;

  void advance(long ms) {
    synchronized (this) {
      nowMs += ms;
    }
  }

  @Override
  public long millis() {
    return nowMs;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(nowMs);
  }
}
