package io.ottla.core.broker;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the controller to move the leaders of a broker that is about to stop, and waits, for a
 * bounded time, until it leads nothing that another broker could lead. Used once.
 */
final class ControlledShutdown implements ImageListener {
  private static final Logger LOG = LoggerFactory.getLogger(ControlledShutdown.class);

  private final Coordination coordination;
  private final int brokerId;
  private final CompletableFuture<Void> relieved = new CompletableFuture<>();

  ControlledShutdown(Coordination coordination, int brokerId) {
    this.coordination = coordination;
    this.brokerId = brokerId;
  }

  /**
   * Blocks until the broker is relieved or the time has passed; the broker stops in either case.
   */
  void await(Duration timeout) {
    int before = movable(coordination.image(), brokerId);
    if (before == 0 || !coordination.sessionAlive()) {
      return;
    }
    LOG.info(
        "Waiting up to {} s until {} partitions have other leaders", timeout.toSeconds(), before);
    try {
      long deadline = System.nanoTime() + timeout.toNanos();
      coordination.setDraining().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      coordination.addListener(this);
      relieved.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "{} partitions still have no other leader after {} s; stopping all the same",
          movable(coordination.image(), brokerId),
          timeout.toSeconds());
    } catch (ExecutionException e) {
      LOG.warn("Cannot ask for other leaders; stopping all the same", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    if (!relieved.isDone() && movable(current, brokerId) == 0) {
      relieved.complete(null);
    }
  }

  /**
   * Partitions led by the broker that have another live in-sync replica, one that does not stop as
   * well.
   */
  static int movable(ClusterImage image, int brokerId) {
    int count = 0;
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        PartitionState state = partition.state();
        if (state != null && state.leader() == brokerId && hasSuccessor(image, state, brokerId)) {
          count++;
        }
      }
    }
    return count;
  }

  private static boolean hasSuccessor(ClusterImage image, PartitionState state, int brokerId) {
    for (IsrMember member : state.isr()) {
      BrokerRegistration broker = image.brokers().get(member.brokerId());
      if (member.brokerId() != brokerId && broker != null && !broker.draining()) {
        return true;
      }
    }
    return false;
  }
}
