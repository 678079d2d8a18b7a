package io.ottla.network.dispatch;

import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.ResponseSink;
import io.ottla.network.codec.RecordSets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes the answers of one connection, from any thread, and writes them in request order.
 *
 * <p>Counts what is in flight - begun and not yet written - and closes the {@link ReadGate} beyond
 * the limits. Answers given on the event loop while a read batch is worked off are flushed with its
 * end; others once for all that came in the same round of the loop. Everything but {@link
 * #complete} belongs to the event loop.
 */
public final class ResponseDispatcher implements ResponseSink {
  /** What the connection does with answers in their turn. Called on the event loop. */
  public interface Output {
    /** Writes, without flushing. Takes the response over in any case; must not throw. */
    void write(InboundRequest request, OutboundResponse response);

    /** Closes once what was written has left. */
    void close(String reason);
  }

  private record Completed(InboundRequest request, OutboundResponse response) {}

  private final Channel channel;
  private final EventExecutor loop;
  private final ReadGate gate;
  private final Output output;
  private final int maxInFlight;
  private final long maxInFlightBytes;
  private final ResponseOrderer<Completed> orderer = new ResponseOrderer<>();
  private final Queue<Completed> mailbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean mailScheduled = new AtomicBoolean();
  private long bytesInFlight;
  private boolean batching;
  private boolean unflushed;
  private boolean flushScheduled;
  private boolean closed;
  private ScheduledFuture<?> throttle;

  public ResponseDispatcher(
      Channel channel, ReadGate gate, Output output, int maxInFlight, long maxInFlightBytes) {
    this.channel = channel;
    this.loop = channel.eventLoop();
    this.gate = gate;
    this.output = output;
    this.maxInFlight = maxInFlight;
    this.maxInFlightBytes = maxInFlightBytes;
  }

  /** Gives the next request of {@code bytes} its place in the order. */
  public long begin(int bytes) {
    long sequence = orderer.begin();
    bytesInFlight += bytes;
    applyLimits();
    return sequence;
  }

  /** Requests begun and not yet answered in turn. */
  public int inFlight() {
    return orderer.inFlight();
  }

  /** From now to {@link #endBatch} answers are not flushed one by one. */
  public void beginBatch() {
    batching = true;
  }

  /** Flushes what was written since {@link #beginBatch}. */
  public void endBatch() {
    batching = false;
    flush();
  }

  @Override
  public void complete(InboundRequest request, OutboundResponse response) {
    if (loop.inEventLoop()) {
      take(request, response);
      scheduleFlush();
      return;
    }
    mailbox.add(new Completed(request, response));
    if (mailScheduled.compareAndSet(false, true)) {
      try {
        loop.execute(this::readMail);
      } catch (RejectedExecutionException e) {
        // The loops are shut down, so the connection is gone and nobody else reads the mailbox.
        discardMail();
      }
    }
  }

  /** The connection is gone: discards what is here and whatever will come. */
  public void close() {
    closed = true;
    if (throttle != null) {
      throttle.cancel(false);
    }
    for (Completed left = orderer.pollAny(); left != null; left = orderer.pollAny()) {
      RecordSets.release(left.response.body());
    }
    discardMail();
  }

  private void readMail() {
    mailScheduled.set(false);
    for (Completed mail = mailbox.poll(); mail != null; mail = mailbox.poll()) {
      take(mail.request, mail.response);
    }
    if (!batching) {
      flush();
    }
  }

  private void discardMail() {
    for (Completed mail = mailbox.poll(); mail != null; mail = mailbox.poll()) {
      RecordSets.release(mail.response.body());
    }
  }

  private void take(InboundRequest request, OutboundResponse response) {
    if (closed) {
      RecordSets.release(response.body());
      return;
    }
    orderer.complete(request.sequence(), new Completed(request, response));
    for (Completed next = orderer.poll(); next != null; next = orderer.poll()) {
      bytesInFlight -= next.request.sizeInBytes();
      send(next.request, next.response);
      if (closed) {
        return;
      }
    }
    applyLimits();
  }

  private void send(InboundRequest request, OutboundResponse response) {
    switch (response.kind()) {
      case MESSAGE -> {
        unflushed = true;
        output.write(request, response);
      }
      case NONE -> {}
      case CLOSE -> {
        // Later answers must not follow; what was written before leaves first.
        flush();
        close();
        output.close(response.closeReason());
        return;
      }
    }
    if (response.throttleMs() > 0) {
      throttle(response.throttleMs());
    }
  }

  private void throttle(int millis) {
    if (throttle != null) {
      if (throttle.getDelay(TimeUnit.MILLISECONDS) >= millis) {
        return;
      }
      throttle.cancel(false);
    }
    gate.set(ReadGate.Reason.THROTTLED, true);
    throttle = loop.schedule(this::endThrottle, millis, TimeUnit.MILLISECONDS);
  }

  private void endThrottle() {
    throttle = null;
    gate.set(ReadGate.Reason.THROTTLED, false);
  }

  private void applyLimits() {
    gate.set(ReadGate.Reason.REQUESTS_IN_FLIGHT, orderer.inFlight() >= maxInFlight);
    gate.set(ReadGate.Reason.BYTES_IN_FLIGHT, bytesInFlight >= maxInFlightBytes);
  }

  private void scheduleFlush() {
    if (!batching && unflushed && !flushScheduled) {
      flushScheduled = true;
      loop.execute(
          () -> {
            flushScheduled = false;
            flush();
          });
    }
  }

  private void flush() {
    if (unflushed) {
      unflushed = false;
      channel.flush();
    }
  }
}
