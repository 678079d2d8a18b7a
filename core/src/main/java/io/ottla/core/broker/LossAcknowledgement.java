package io.ottla.core.broker;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.log.LogDirectory;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * A broker that may have lost unflushed data registers as not trusted, so that the cluster stops
 * counting on what it held. Only when no partition counts on it any more, the data directories may
 * forget the loss: until then another restart must register as not trusted again. Called by the
 * thread that publishes images.
 */
final class LossAcknowledgement implements ImageListener {
  private final int brokerId;
  private final LongSupplier brokerEpoch;
  private final List<LogDirectory> lossy;
  private final Executor executor;
  private boolean done;

  LossAcknowledgement(
      int brokerId, LongSupplier brokerEpoch, List<LogDirectory> lossy, Executor executor) {
    this.brokerId = brokerId;
    this.brokerEpoch = brokerEpoch;
    this.lossy = List.copyOf(lossy);
    this.executor = executor;
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    long epoch = brokerEpoch.getAsLong();
    if (done || epoch < 0 || !current.brokers().containsKey(brokerId)) {
      return;
    }
    if (!isCountedOn(current, brokerId, epoch)) {
      done = true;
      executor.execute(() -> lossy.forEach(LogDirectory::acknowledgeLoss));
    }
  }

  /** Whether some partition lists the broker with an epoch before this one. */
  static boolean isCountedOn(ClusterImage image, int brokerId, long epoch) {
    for (TopicImage topic : image.topics()) {
      for (PartitionImage partition : topic.partitions()) {
        PartitionState state = partition.state();
        if (state != null
            && (listed(state.isr(), brokerId, epoch)
                || listed(state.eligible(), brokerId, epoch))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean listed(List<IsrMember> members, int brokerId, long epoch) {
    for (IsrMember member : members) {
      if (member.brokerId() == brokerId && member.brokerEpoch() < epoch) {
        return true;
      }
    }
    return false;
  }
}
