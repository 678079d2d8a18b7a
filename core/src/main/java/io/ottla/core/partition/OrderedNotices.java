package io.ottla.core.partition;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to listeners, queued under the partition's lock in the order of the changes they tell of,
 * and made outside of it, one at a time, by whichever thread comes first. Bounded by the number of
 * role changes that can happen while one call runs.
 */
final class OrderedNotices {
  private static final Logger LOG = LoggerFactory.getLogger(OrderedNotices.class);

  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger wanted = new AtomicInteger();

  void add(Runnable notice) {
    queue.add(notice);
  }

  /** Makes the queued calls, or leaves them to the thread that is already making them. */
  void deliver() {
    if (queue.isEmpty() || wanted.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      Runnable notice = queue.poll();
      while (notice != null) {
        try {
          notice.run();
        } catch (RuntimeException e) {
          LOG.error("A listener of partition roles failed; the next ones are still told", e);
        }
        notice = queue.poll();
      }
      seen = wanted.addAndGet(-seen);
    }
  }
}
