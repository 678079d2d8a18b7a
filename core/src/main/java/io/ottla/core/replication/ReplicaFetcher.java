package io.ottla.core.replication;

import io.ottla.core.partition.FollowerPosition;
import io.ottla.core.partition.Partition;
import io.ottla.core.waiting.Deadlines;
import io.ottla.log.BatchRejectedException;
import io.ottla.log.EpochEnd;
import io.ottla.network.client.ClientResponse;
import io.ottla.network.codec.RecordSets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.IntToLongFunction;
import java.util.function.LongSupplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches some partitions from one leader: a state machine that moves when {@link #poll} is called.
 *
 * <p>Everything but {@link #follow}, {@link #unfollow} and {@link #close} runs on the fetcher's own
 * serial executor. Always true: one request is in flight at most; what an answer does to a log is
 * decided for the leadership and the offset it was asked for, so that a late answer does nothing. A
 * partition that has trouble leaves the session for a while and does not keep the others.
 */
final class ReplicaFetcher {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetcher.class);

  private final int selfId;
  private final int leaderId;
  private final int index;
  private final LongSupplier ownBrokerEpoch;
  private final IntToLongFunction registeredEpoch;
  private final FetchChannel.Factory channels;
  private final ReplicaFetcherConfig config;
  private final Deadlines deadlines;
  private final Executor executor;
  private final Queue<Order> orders = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  // The fetcher's executor alone touches what follows.
  private final FetchSession session;
  private final List<FetchedPartition> delayed = new ArrayList<>();
  private final Deque<FetchedPartition> lookups = new ArrayDeque<>();
  private final Backoff backoff;
  private FetchChannel channel;
  private boolean inFlight;

  /** Whose range the request in flight asks for; null when it is a fetch or was dropped. */
  private FetchedPartition lookingUp;

  /** Rises when an answer in flight is given up; answers of older generations are dropped. */
  private int generation;

  /** The leader's broker epoch when the request in flight was sent. */
  private long sentToEpoch;

  private long pausedUntilNanos;
  private boolean paused;
  private Deadlines.Cancellable alarm = Deadlines.Cancellable.NONE;

  /** Follow (a leader epoch) or stop following (-1). */
  private record Order(Partition partition, int leaderEpoch) {}

  ReplicaFetcher(
      int selfId,
      int leaderId,
      int index,
      LongSupplier ownBrokerEpoch,
      IntToLongFunction registeredEpoch,
      FetchChannel.Factory channels,
      ReplicaFetcherConfig config,
      Deadlines deadlines,
      Executor executor) {
    this.selfId = selfId;
    this.leaderId = leaderId;
    this.index = index;
    this.ownBrokerEpoch = ownBrokerEpoch;
    this.registeredEpoch = registeredEpoch;
    this.channels = channels;
    this.config = config;
    this.deadlines = deadlines;
    this.executor = executor;
    this.session = new FetchSession(config.maxBytesPerPartition());
    this.backoff = new Backoff(config.maxBackoff().toNanos());
    this.channel = channels.open(leaderId, index);
  }

  int leaderId() {
    return leaderId;
  }

  /** Any thread. */
  void follow(Partition partition, int leaderEpoch) {
    orders.add(new Order(partition, leaderEpoch));
    wakeUp();
  }

  /** Any thread. An answer that is under way may still be applied if the leadership holds. */
  void unfollow(Partition partition) {
    orders.add(new Order(partition, -1));
    wakeUp();
  }

  /** Any thread; final. */
  void close() {
    closed = true;
    wakeUp();
  }

  private void wakeUp() {
    try {
      executor.execute(this::poll);
    } catch (RejectedExecutionException e) {
      LOG.debug("Fetcher {} of broker {}: its executor has ended", index, leaderId);
    }
  }

  /** Does what can be done now; sets an alarm for what can be done later. */
  void poll() {
    if (closed) {
      shutDown();
      return;
    }
    takeOrders();
    if (inFlight) {
      return;
    }
    long now = deadlines.nanoTime();
    if (paused && now - pausedUntilNanos < 0) {
      wakeAt(pausedUntilNanos, now);
      return;
    }
    paused = false;
    readmit(now);
    if (!lookups.isEmpty()) {
      lookUpRange(lookups.poll());
    } else if (!session.isEmpty()) {
      fetch();
    }
  }

  private void takeOrders() {
    boolean gained = false;
    for (Order order = orders.poll(); order != null; order = orders.poll()) {
      Partition partition = order.partition();
      drop(partition);
      if (order.leaderEpoch() >= 0) {
        session.add(
            new FetchedPartition(partition, order.leaderEpoch(), config.maxBackoff().toNanos()));
        gained = true;
      }
    }
    if (gained) {
      paused = false;
      backoff.reset();
      if (inFlight && registeredEpoch.applyAsLong(leaderId) != sentToEpoch) {
        giveUp(); // the broker came back: nobody will answer on the old connection
      }
    }
  }

  private void drop(Partition partition) {
    FetchedPartition known = session.get(partition.topicId(), partition.partition());
    if (known != null) {
      session.remove(known);
    }
    delayed.removeIf(d -> d.partition == partition);
    lookups.removeIf(d -> d.partition == partition);
    if (lookingUp != null && lookingUp.partition == partition) {
      lookingUp = null;
    }
  }

  private void giveUp() {
    generation++;
    inFlight = false;
    if (lookingUp != null) {
      lookups.add(lookingUp);
      lookingUp = null;
    }
    session.reset();
    channel.close();
    channel = channels.open(leaderId, index);
  }

  /** Takes back partitions whose pause is over. */
  private void readmit(long now) {
    long earliest = Long.MAX_VALUE;
    for (int i = delayed.size() - 1; i >= 0; i--) {
      FetchedPartition partition = delayed.get(i);
      long left = partition.delayedUntilNanos - now;
      if (left <= 0) {
        delayed.remove(i);
        if (partition.needsRange) {
          lookups.add(partition);
        } else {
          session.add(partition);
        }
      } else {
        earliest = Math.min(earliest, left);
      }
    }
    if (earliest != Long.MAX_VALUE) {
      wakeAt(now + earliest, now);
    }
  }

  private void wakeAt(long atNanos, long now) {
    alarm.cancel();
    alarm = deadlines.schedule(atNanos - now, this::wakeUp);
  }

  private void fetch() {
    if (registeredEpoch.applyAsLong(leaderId) != sentToEpoch) {
      session.restart(); // a broker that came back knows nothing of sessions, nor of their ids
    }
    FetchRequestData request =
        new FetchRequestData()
            .setReplicaState(
                new FetchRequestData.ReplicaState()
                    .setReplicaId(selfId)
                    .setReplicaEpoch(ownBrokerEpoch.getAsLong()))
            .setMaxWaitMs((int) config.maxWait().toMillis())
            .setMinBytes(config.minBytes())
            .setMaxBytes(config.maxBytes());
    session.fill(request);
    if (session.isEmpty()) {
      return;
    }
    send(ApiKeys.FETCH, request, this::fetched);
  }

  private void send(ApiKeys key, Object request, BiConsumer<ClientResponse, Throwable> onAnswer) {
    inFlight = true;
    sentToEpoch = registeredEpoch.applyAsLong(leaderId);
    int sentIn = generation;
    CompletableFuture<?> unused =
        channel
            .send(key, request, config.requestTimeout())
            .whenComplete(
                (response, error) -> {
                  try {
                    executor.execute(
                        () -> {
                          if (closed || sentIn != generation) {
                            close(response);
                            return;
                          }
                          inFlight = false;
                          try {
                            onAnswer.accept(response, error);
                          } finally {
                            close(response);
                          }
                          poll();
                        });
                  } catch (RejectedExecutionException e) {
                    close(response);
                  }
                });
  }

  private static void close(ClientResponse response) {
    if (response != null) {
      response.close();
    }
  }

  private void fetched(ClientResponse response, Throwable error) {
    if (error != null) {
      failed(error.toString());
      return;
    }
    FetchResponseData answer = response.body(FetchResponseData.class);
    if (answer.errorCode() != Errors.NONE.code()) {
      Errors code = Errors.forCode(answer.errorCode());
      session.reset();
      if (code != Errors.FETCH_SESSION_ID_NOT_FOUND && code != Errors.INVALID_FETCH_SESSION_EPOCH) {
        failed(code.toString());
      }
      return;
    }
    backoff.reset();
    session.answered(answer.sessionId());
    for (FetchableTopicResponse topic : answer.responses()) {
      for (PartitionData data : topic.partitions()) {
        FetchedPartition partition = session.get(topic.topicId(), data.partitionIndex());
        if (partition != null && partition.sent != null) {
          take(partition, data);
        }
      }
    }
  }

  private void failed(String why) {
    session.reset();
    long pause = backoff.next();
    LOG.info(
        "Fetching from broker {} (fetcher {}) failed, again in {} ms: {}",
        leaderId,
        index,
        TimeUnit.NANOSECONDS.toMillis(pause),
        why);
    paused = true;
    pausedUntilNanos = deadlines.nanoTime() + pause;
  }

  private void take(FetchedPartition fetched, PartitionData data) {
    Errors error = Errors.forCode(data.errorCode());
    if (error == Errors.OFFSET_OUT_OF_RANGE) {
      session.remove(fetched);
      fetched.needsRange = true;
      lookups.add(fetched);
      return;
    }
    if (error != Errors.NONE) {
      LOG.debug("{}: broker {} answers {}", fetched.partition, leaderId, error);
      delay(fetched);
      return;
    }
    FollowerPosition sent = fetched.sent;
    try {
      if (data.divergingEpoch().epoch() >= 0) {
        truncate(fetched, sent, data);
      } else {
        boolean taken =
            fetched.partition.appendFetched(
                fetched.leaderEpoch,
                sent.offset(),
                RecordSets.bytes(data),
                data.highWatermark(),
                data.logStartOffset());
        if (!taken) {
          session.restart();
        }
        fetched.backoff.reset();
        session.changed(fetched);
      }
    } catch (BatchRejectedException e) {
      LOG.error(
          "{}: cannot append what broker {} sent for offset {} ({}); asking again",
          fetched.partition,
          leaderId,
          sent.offset(),
          e.reason(),
          e);
      delay(fetched);
    } catch (ApiException e) {
      if (fetched.partition.isOffline()) {
        session.remove(fetched); // it is out of service and has said why
      } else {
        LOG.error("{}", e.getMessage());
        delay(fetched);
      }
    }
  }

  /** Before anything else of this answer: the leader's high watermark is not taken over. */
  private void truncate(FetchedPartition fetched, FollowerPosition sent, PartitionData data) {
    EpochEnd diverging =
        new EpochEnd(data.divergingEpoch().epoch(), data.divergingEpoch().endOffset());
    session.restart(); // the leader now believes its high watermark to be known
    EpochEnd own = fetched.partition.log().endOffsetFor(diverging.epoch());
    fetched.partition.truncateDiverged(
        fetched.leaderEpoch,
        sent.offset(),
        TruncationPlanner.target(diverging, own, sent.offset()));
    if (sent.equals(fetched.partition.followerPosition(fetched.leaderEpoch))) {
      LOG.error(
          "{}: diverges from broker {} at {} ({} here), but there is nothing to truncate",
          fetched.partition,
          leaderId,
          diverging,
          own);
      delay(fetched);
    } else {
      session.changed(fetched);
    }
  }

  private void delay(FetchedPartition partition) {
    session.remove(partition);
    partition.delayedUntilNanos = deadlines.nanoTime() + partition.backoff.next();
    delayed.add(partition);
  }

  private void lookUpRange(FetchedPartition partition) {
    FollowerPosition position = partition.partition.followerPosition(partition.leaderEpoch);
    if (position == null) {
      poll();
      return;
    }
    lookingUp = partition;
    new RangeLookup(selfId, partition.partition, position)
        .run(
            this::send,
            moved -> {
              if (lookingUp != partition) {
                return; // meanwhile it is not to be fetched, or in another leadership
              }
              lookingUp = null;
              partition.needsRange = false;
              if (moved) {
                partition.backoff.reset();
                session.add(partition);
              } else {
                delay(partition);
              }
            });
  }

  private void shutDown() {
    alarm.cancel();
    generation++;
    channel.close();
  }
}
