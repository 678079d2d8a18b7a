package io.ottla.core.waiting;

/**
 * Those who wait until an offset of one partition passes a bound, in the order of their offsets.
 *
 * <p>A sweep completes everyone whose offset was reached; the completions run on the sweeping
 * thread after this object's lock is released, so they may call anything. A sweep that reaches
 * nobody costs one volatile read. Each waiter is completed at most once: reached, failed, or taken
 * back by {@link Waiter#cancel()}, whichever comes first.
 *
 * <p>The caller first publishes the new offset, then sweeps; {@link #add} is followed by a look at
 * the published offset. One of the two sees the other.
 */
public final class OffsetWaiters {
  private final int limit;

  /** Sentinel of a ring ordered by offset; guarded by {@code this}, as are all links. */
  private final Waiter ring = new Waiter(Long.MIN_VALUE);

  private int size;

  /** Smallest offset waited for; MAX_VALUE when nobody waits. */
  private volatile long lowest = Long.MAX_VALUE;

  /**
   * @param limit most waiters at a time; more are refused
   */
  public OffsetWaiters(int limit) {
    this.limit = limit;
    ring.previous = ring;
    ring.next = ring;
  }

  /** One who waits. Subclasses carry what the completion needs, so that a wait is one object. */
  public static class Waiter implements Deadlines.Cancellable {
    private final long offset;
    private OffsetWaiters owner;
    private Waiter previous;
    private Waiter next;

    /**
     * @param offset complete once the swept bound is at least this
     */
    protected Waiter(long offset) {
      this.offset = offset;
    }

    public final long offset() {
      return offset;
    }

    /** The bound reached the offset. Called outside of all locks. */
    protected void reached() {}

    /** Waiting has lost its sense, for a reason the subclass knows how to tell. */
    protected void abandoned() {
      reached();
    }

    /** Takes the waiter back; true when it had not been completed and now never will be. */
    public final boolean withdraw() {
      OffsetWaiters from = owner;
      return from != null && from.remove(this);
    }

    @Override
    public void cancel() {
      withdraw();
    }
  }

  /**
   * Adds a waiter in its place; new ones usually belong to the end.
   *
   * @return false when the limit is reached; the waiter is then not registered
   */
  public synchronized boolean add(Waiter waiter) {
    if (size >= limit) {
      return false;
    }
    Waiter before = ring.previous;
    while (before != ring && before.offset > waiter.offset) {
      before = before.previous;
    }
    waiter.owner = this;
    waiter.previous = before;
    waiter.next = before.next;
    before.next.previous = waiter;
    before.next = waiter;
    size++;
    publishLowest();
    return true;
  }

  /** Completes everyone whose offset is at most {@code bound}. Call without holding a lock. */
  public void sweep(long bound) {
    if (lowest > bound) {
      return;
    }
    Waiter reached = take(bound);
    while (reached != null) {
      Waiter next = reached.next;
      reached.next = null;
      reached.reached();
      reached = next;
    }
  }

  /** Tells everyone that waiting has lost its sense. Call without holding a lock. */
  public void abandonAll() {
    if (lowest == Long.MAX_VALUE) {
      return;
    }
    Waiter all = take(Long.MAX_VALUE);
    while (all != null) {
      Waiter next = all.next;
      all.next = null;
      all.abandoned();
      all = next;
    }
  }

  /** Whether somebody waits for at most {@code bound}. */
  public boolean anyUpTo(long bound) {
    return lowest <= bound;
  }

  /** How many wait. */
  public synchronized int size() {
    return size;
  }

  private synchronized Waiter take(long bound) {
    Waiter first = ring.next;
    if (first == ring || first.offset > bound) {
      return null;
    }
    Waiter last = first;
    int taken = 0;
    Waiter end = first;
    while (end != ring && end.offset <= bound) {
      end.owner = null;
      end.previous = null;
      last = end;
      end = end.next;
      taken++;
    }
    last.next = null;
    ring.next = end;
    end.previous = ring;
    size -= taken;
    publishLowest();
    return first;
  }

  private synchronized boolean remove(Waiter waiter) {
    if (waiter.owner != this) {
      return false;
    }
    waiter.owner = null;
    waiter.previous.next = waiter.next;
    waiter.next.previous = waiter.previous;
    waiter.previous = null;
    waiter.next = null;
    size--;
    publishLowest();
    return true;
  }

  private void publishLowest() {
    lowest = ring.next == ring ? Long.MAX_VALUE : ring.next.offset;
  }
}
