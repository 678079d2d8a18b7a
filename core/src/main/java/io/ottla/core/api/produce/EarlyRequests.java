package io.ottla.core.api.produce;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.Responses;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.core.waiting.Deadlines;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.RequestContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back, for a moment, produce requests that came too early: another broker told the client of
 * a new topic or leader, and this one is about to learn of it. Without that the first records of a
 * new topic would meet an error, and with acks=0 be lost.
 *
 * <p>Requests of one connection keep their order: while one is held, those behind it are held too.
 * How many that can be is limited by the connection's limits of requests and bytes in flight. All
 * state is in the connection's context and touched on its event loop only.
 */
final class EarlyRequests {

  private static final Logger LOG = LoggerFactory.getLogger(EarlyRequests.class);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private record Held(InboundRequest request, ProduceRequestData body, long untilNanos) {}

  /** What a connection holds; its type marks the attachment as ours. */
  private static final class Queue {
    private final Deque<Held> held = new ArrayDeque<>();
  }

  private final int brokerId;
  private final Partitions partitions;
  private final Supplier<ClusterImage> image;
  private final Deadlines deadlines;
  private final BiConsumer<InboundRequest, ProduceRequestData> server;

  /**
   * @param server serves a request for which waiting is over
   */
  EarlyRequests(
      int brokerId,
      Partitions partitions,
      Supplier<ClusterImage> image,
      Deadlines deadlines,
      BiConsumer<InboundRequest, ProduceRequestData> server) {
    this.brokerId = brokerId;
    this.partitions = partitions;
    this.image = image;
    this.deadlines = deadlines;
    this.server = server;
  }

  /** Takes the request over when it, or one before it, must wait. */
  boolean hold(InboundRequest request, ProduceRequestData body) {
    Queue queue = (Queue) request.context().attachment();
    boolean behindOthers = queue != null && !queue.held.isEmpty();
    if (!behindOthers && !isEarly(body)) {
      return false;
    }
    if (queue == null) {
      queue = new Queue();
      request.context().attachment(queue);
    }
    queue.held.add(new Held(request, body, deadlines.nanoTime() + PATIENCE_NANOS));
    if (!behindOthers) {
      lookAgain(request.context(), queue);
    }
    return true;
  }

  private void lookAgain(RequestContext context, Queue queue) {
    deadlines.schedule(
        LOOK_AGAIN_NANOS, () -> context.eventLoop().execute(() -> serve(context, queue)));
  }

  private void serve(RequestContext context, Queue queue) {
    while (!queue.held.isEmpty()) {
      Held first = queue.held.peek();
      if (isEarly(first.body) && deadlines.nanoTime() - first.untilNanos < 0) {
        lookAgain(context, queue);
        return;
      }
      queue.held.remove();
      try {
        server.accept(first.request, first.body);
      } catch (RuntimeException failure) {
        // Nobody is above us here: the request must be answered, and those behind it served.
        if (first.request.isResponded()) {
          LOG.error("Serving {} failed after its answer", first.request, failure);
        } else {
          first.request.respond(Responses.failure(failure));
        }
      }
    }
  }

  private boolean isEarly(ProduceRequestData body) {
    for (TopicProduceData topic : body.topicData()) {
      for (PartitionProduceData partition : topic.partitionData()) {
        if (isEarly(topic, partition.index())) {
          return true;
        }
      }
    }
    return false;
  }

  /** The topic is not known yet, or this broker is to lead the partition and does not do so yet. */
  private boolean isEarly(TopicProduceData topic, int partition) {
    boolean named = topic.name() != null && !topic.name().isEmpty();
    if (named) {
      Partition here = partitions.get(topic.name(), partition);
      if (here != null && here.isLeader()) {
        return false;
      }
    }
    ClusterImage now = image.get();
    TopicImage known = named ? now.topic(topic.name()) : now.topic(topic.topicId());
    if (known == null) {
      return true;
    }
    PartitionImage wanted = now.partition(known.name(), partition);
    if (wanted == null || wanted.state() == null || wanted.state().leader() != brokerId) {
      return false;
    }
    Partition here = partitions.get(known.name(), partition);
    return here == null || (!here.isLeader() && !here.isFailed());
  }
}
