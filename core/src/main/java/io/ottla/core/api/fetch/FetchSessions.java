package io.ottla.core.api.fetch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The broker's fetch sessions, at most {@code max.incremental.fetch.session.cache.slots} of them.
 *
 * <p>A new session takes a free slot, or that of a session which is idle for two minutes, or - if
 * the new one is a follower's - that of any consumer, or - if it is larger - that of one which had
 * its two minutes. Otherwise the client goes on without a session. Guarded by itself; looked up
 * once per request.
 */
public final class FetchSessions {

  private static final long EVICTABLE_AFTER_NANOS = TimeUnit.SECONDS.toNanos(120);

  private final int slots;
  private final Map<Integer, FetchSession> sessions = new HashMap<>();
  private long evictions;

  /**
   * @param slots at most this many sessions; 0 turns sessions off
   */
  public FetchSessions(int slots) {
    if (slots < 0) {
      throw new IllegalArgumentException("slots must not be negative: " + slots);
    }
    this.slots = slots;
  }

  synchronized FetchSession find(int id) {
    return sessions.get(id);
  }

  synchronized void remove(int id) {
    sessions.remove(id);
  }

  /** A new session, or null when no slot can be had. */
  synchronized FetchSession create(
      int replicaId, boolean byTopicId, List<FetchTarget> targets, long nowNanos) {
    boolean follower = replicaId >= 0;
    if (slots == 0 || (sessions.size() >= slots && !evictFor(follower, targets.size(), nowNanos))) {
      return null;
    }
    int id;
    do {
      id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    } while (sessions.containsKey(id));
    FetchSession session = new FetchSession(id, replicaId, byTopicId, targets, nowNanos);
    sessions.put(id, session);
    return session;
  }

  private boolean evictFor(boolean follower, int size, long nowNanos) {
    FetchSession victim = null;
    for (FetchSession candidate : sessions.values()) {
      boolean idle = nowNanos - candidate.lastUsedNanos() > EVICTABLE_AFTER_NANOS;
      boolean outranked = follower && !candidate.follower();
      boolean outgrown =
          follower == candidate.follower()
              && size > candidate.size()
              && nowNanos - candidate.createdNanos() > EVICTABLE_AFTER_NANOS;
      if ((idle || outranked || outgrown)
          && (victim == null || candidate.lastUsedNanos() < victim.lastUsedNanos())) {
        victim = candidate;
      }
    }
    if (victim == null) {
      return false;
    }
    remove(victim.id());
    evictions++;
    return true;
  }

  /** Sessions held now. */
  public synchronized int count() {
    return sessions.size();
  }

  /** Partitions that all sessions together remember. */
  public synchronized long partitionsCached() {
    return sessions.values().stream().mapToLong(FetchSession::size).sum();
  }

  /** Sessions that lost their slot to another one since the start. */
  public synchronized long evictions() {
    return evictions;
  }
}
