package io.ottla.core.waiting;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deadlines on a hashed wheel, fired by one daemon thread named {@code timer}.
 *
 * <p>Made for very many deadlines of which nearly all are cancelled: scheduling and cancelling link
 * and unlink one node under the lock of one bucket, and the thread sleeps until the next bucket
 * that has a node. A deadline is never lost: a node put into a bucket the thread has just passed is
 * moved on by whoever put it there. Close it after everything that schedules.
 */
public final class TimerDeadlines implements Deadlines, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TimerDeadlines.class);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final int BUCKETS = 4096;
  private static final int MASK = BUCKETS - 1;

  private final Bucket[] buckets = new Bucket[BUCKETS];
  private final long startNanos = System.nanoTime();
  private final Thread thread;

  /** Last tick whose bucket was, or is being, emptied. */
  private volatile long passedTick = -1;

  /** While the thread sleeps or is about to: a deadline before this tick must wake it. */
  private volatile long sleepsUntilTick = Long.MIN_VALUE;

  private volatile boolean closed;

  /** Starts the thread. */
  public TimerDeadlines() {
    for (int i = 0; i < BUCKETS; i++) {
      buckets[i] = new Bucket();
    }
    thread = new Thread(this::run, "timer");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Deadlines.Cancellable schedule(long delayNanos, Runnable onFire) {
    long after = System.nanoTime() - startNanos + Math.max(0, delayNanos);
    Node node = new Node(this, onFire);
    long tick = after / TICK_NANOS + 1;
    while (true) {
      node.tick = Math.max(tick, passedTick + 1);
      Bucket bucket = buckets[(int) (node.tick & MASK)];
      bucket.add(node);
      if (passedTick < node.tick || !bucket.remove(node)) {
        break;
      }
    }
    if (node.tick < sleepsUntilTick) {
      LockSupport.unpark(thread);
    }
    return node;
  }

  /** Stops the thread; what is still scheduled never fires. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closed) {
      long now = System.nanoTime() - startNanos;
      long currentTick = now / TICK_NANOS;
      long from = passedTick + 1;
      // After a pause longer than a turn of the wheel one turn reaches every bucket.
      for (long tick = Math.max(from, currentTick - MASK); tick <= currentTick; tick++) {
        passedTick = tick;
        fire(buckets[(int) (tick & MASK)], currentTick);
      }
      sleepsUntilTick = Long.MAX_VALUE;
      long next = nextOccupiedTick(passedTick + 1);
      sleepsUntilTick = next;
      if (!closed) {
        if (next == Long.MAX_VALUE) {
          LockSupport.park(this);
        } else {
          long wait = next * TICK_NANOS - (System.nanoTime() - startNanos);
          if (wait > 0) {
            LockSupport.parkNanos(this, wait);
          }
        }
      }
      sleepsUntilTick = Long.MIN_VALUE;
    }
  }

  private long nextOccupiedTick(long from) {
    for (long tick = from; tick < from + BUCKETS; tick++) {
      if (buckets[(int) (tick & MASK)].size > 0) {
        return tick;
      }
    }
    return Long.MAX_VALUE;
  }

  private void fire(Bucket bucket, long currentTick) {
    if (bucket.size == 0) {
      return;
    }
    Node due = bucket.takeDue(currentTick);
    while (due != null) {
      Node next = due.next;
      due.next = null;
      try {
        due.onFire.run();
      } catch (RuntimeException e) {
        LOG.error("A deadline's action failed; the other deadlines go on", e);
      }
      due = next;
    }
  }

  /** Doubly linked list; its own monitor guards it and the links of its nodes. */
  private static final class Bucket {
    private Node head;
    private volatile int size;

    synchronized void add(Node node) {
      node.linked = true;
      node.previous = null;
      node.next = head;
      if (head != null) {
        head.previous = node;
      }
      head = node;
      setSize(size + 1);
    }

    synchronized boolean remove(Node node) {
      if (!node.linked) {
        return false;
      }
      unlink(node);
      node.next = null;
      return true;
    }

    /** The due nodes as a chain by {@code next}. */
    synchronized Node takeDue(long currentTick) {
      Node due = null;
      Node node = head;
      while (node != null) {
        Node next = node.next;
        if (node.tick <= currentTick) {
          unlink(node);
          node.next = due;
          due = node;
        }
        node = next;
      }
      return due;
    }

    private void unlink(Node node) {
      node.linked = false;
      if (node.previous == null) {
        head = node.next;
      } else {
        node.previous.next = node.next;
      }
      if (node.next != null) {
        node.next.previous = node.previous;
      }
      node.previous = null;
      setSize(size - 1);
    }

    /** Written under the monitor only; volatile for the thread that looks for occupied buckets. */
    private void setSize(int value) {
      size = value;
    }
  }

  private static final class Node implements Deadlines.Cancellable {
    private final TimerDeadlines owner;
    private final Runnable onFire;
    private volatile long tick;
    private Node previous;
    private Node next;
    private boolean linked;

    Node(TimerDeadlines owner, Runnable onFire) {
      this.owner = owner;
      this.onFire = onFire;
    }

    @Override
    public void cancel() {
      owner.buckets[(int) (tick & MASK)].remove(this);
    }
  }
}
