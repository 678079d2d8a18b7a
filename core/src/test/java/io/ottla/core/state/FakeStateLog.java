package io.ottla.core.state;

import io.ottla.log.batch.BatchHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;

/** A partition in memory whose high watermark, failures and leadership a test decides. */
final class FakeStateLog implements StateLog {
  private record Waiter(long offset, Callback callback) {}

  private final int epoch;
  private final List<ByteBuffer> batches;
  private final List<Waiter> waiters = new ArrayList<>();
  private long start;
  private long end;
  private long highWatermark;
  private boolean commitAtOnce = true;
  private boolean current = true;
  private ApiException appendFailure;
  private RuntimeException readFailure;

  /** Holds reads until it is counted down. */
  volatile CountDownLatch readGate = new CountDownLatch(0);

  FakeStateLog(int epoch) {
    this(epoch, new ArrayList<>());
  }

  private FakeStateLog(int epoch, List<ByteBuffer> batches) {
    this.epoch = epoch;
    this.batches = batches;
    if (!batches.isEmpty()) {
      start = new BatchHeader(batches.get(0), 0).baseOffset();
    }
    for (ByteBuffer batch : batches) {
      end = new BatchHeader(batch, 0).nextOffset();
    }
    highWatermark = end;
  }

  /** The same records under the next leader. */
  synchronized FakeStateLog next() {
    return new FakeStateLog(epoch + 1, new ArrayList<>(batches));
  }

  synchronized void holdCommits() {
    commitAtOnce = false;
  }

  void commitAll() {
    List<Waiter> done = new ArrayList<>();
    synchronized (this) {
      highWatermark = end;
      for (Iterator<Waiter> i = waiters.iterator(); i.hasNext(); ) {
        Waiter waiter = i.next();
        if (waiter.offset() <= highWatermark) {
          i.remove();
          done.add(waiter);
        }
      }
    }
    done.forEach(waiter -> waiter.callback().done(null));
  }

  void failWaiters(ApiException error) {
    List<Waiter> failed;
    synchronized (this) {
      failed = List.copyOf(waiters);
      waiters.clear();
    }
    failed.forEach(waiter -> waiter.callback().done(error));
  }

  synchronized int waiting() {
    return waiters.size();
  }

  synchronized void failNextAppend(ApiException failure) {
    appendFailure = failure;
  }

  synchronized void failReads(RuntimeException failure) {
    readFailure = failure;
  }

  synchronized void loseLeadership() {
    current = false;
  }

  synchronized int batchCount() {
    return batches.size();
  }

  @Override
  public String name() {
    return "state-0";
  }

  @Override
  public int leaderEpoch() {
    return epoch;
  }

  @Override
  public synchronized boolean isCurrent() {
    return current;
  }

  @Override
  public synchronized long startOffset() {
    return start;
  }

  @Override
  public synchronized void dropBelow(long offset) {
    start = offset;
    batches.removeIf(batch -> new BatchHeader(batch, 0).nextOffset() <= offset);
  }

  @Override
  public synchronized long endOffset() {
    return end;
  }

  @Override
  public synchronized long highWatermark() {
    return highWatermark;
  }

  @Override
  public ByteBuffer read(long offset, int maxBytes) {
    try {
      readGate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    synchronized (this) {
      if (readFailure != null) {
        throw readFailure;
      }
      ByteBuffer out = ByteBuffer.allocate(1 << 20);
      for (ByteBuffer batch : batches) {
        boolean wanted = new BatchHeader(batch, 0).nextOffset() > offset;
        if (wanted && (out.position() == 0 || out.position() + batch.limit() <= maxBytes)) {
          out.put(batch.duplicate());
        } else if (wanted) {
          break;
        }
      }
      return out.flip();
    }
  }

  @Override
  public synchronized long append(ByteBuffer batch) {
    if (!current) {
      throw new NotLeaderOrFollowerException("moved");
    }
    if (appendFailure != null) {
      ApiException failure = appendFailure;
      appendFailure = null;
      throw failure;
    }
    BatchHeader header = new BatchHeader(batch, 0);
    header.baseOffset(end);
    batches.add(batch);
    end = header.nextOffset();
    if (commitAtOnce) {
      highWatermark = end;
    }
    return end;
  }

  @Override
  public void awaitCommitted(long requiredOffset, long timeoutNanos, Callback callback) {
    synchronized (this) {
      if (requiredOffset > highWatermark) {
        waiters.add(new Waiter(requiredOffset, callback));
        return;
      }
    }
    callback.done(null);
  }
}
