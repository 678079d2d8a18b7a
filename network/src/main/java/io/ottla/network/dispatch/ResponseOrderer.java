package io.ottla.network.dispatch;

/**
 * Puts what completes in any order back into the order in which it began, by sequence number.
 *
 * <p>Always true: {@code head <= sequence < tail} for everything begun and not yet polled. A ring
 * that grows with the number in flight, which the caller limits. Owned by one event loop.
 *
 * @param <T> what completes; never null
 */
public final class ResponseOrderer<T> {
  private static final int FIRST_CAPACITY = 4;

  private Object[] ring = new Object[FIRST_CAPACITY];
  private long head;
  private long tail;

  /** Begins the next one and gives its sequence number: 0, 1, 2 and so on. */
  public long begin() {
    if (tail - head == ring.length) {
      grow();
    }
    return tail++;
  }

  /**
   * Completes one.
   *
   * @throws IllegalArgumentException when it was not begun, or was completed or polled before
   */
  public void complete(long sequence, T result) {
    if (sequence < head || sequence >= tail || ring[slot(sequence)] != null) {
      throw new IllegalArgumentException(
          "Sequence " + sequence + " is not open; open are those from " + head + " to " + tail);
    }
    ring[slot(sequence)] = result;
  }

  /** The next in order, once it is complete; null otherwise. */
  @SuppressWarnings("unchecked") // only complete(long, T) puts anything into the ring
  public T poll() {
    int slot = slot(head);
    Object result = ring[slot];
    if (result != null) {
      ring[slot] = null;
      head++;
    }
    return (T) result;
  }

  /** Removes any one that is complete, in order or not, for giving up; null when none is left. */
  @SuppressWarnings("unchecked") // only complete(long, T) puts anything into the ring
  public T pollAny() {
    for (int i = 0; i < ring.length; i++) {
      if (ring[i] != null) {
        Object result = ring[i];
        ring[i] = null;
        return (T) result;
      }
    }
    return null;
  }

  /** Number begun and not yet polled. */
  public int inFlight() {
    return (int) (tail - head);
  }

  private int slot(long sequence) {
    return (int) (sequence & (ring.length - 1));
  }

  private void grow() {
    Object[] old = ring;
    Object[] larger = new Object[old.length * 2];
    for (long sequence = head; sequence < tail; sequence++) {
      larger[(int) (sequence & (larger.length - 1))] = old[(int) (sequence & (old.length - 1))];
    }
    ring = larger;
  }
}
