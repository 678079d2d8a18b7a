package io.ottla.core.broker;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import io.ottla.log.LogDirectory;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * A broker that may have lost unflushed data registers as not trusted, so that the cluster stops
 * counting on what it held. Only when no partition counts on it any more, the data directories may
 * forget the loss: until then another restart must register as not trusted again. Called by the
 * thread that publishes images, after the partitions, whose judgement it asks for.
 */
final class LossAcknowledgement implements ImageListener {
  private final BooleanSupplier lossIsKnown;
  private final List<LogDirectory> lossy;
  private final Executor executor;
  private boolean done;

  /**
   * @param lossIsKnown whether the newest image shows that nothing counts on the lost data
   * @param executor may block
   */
  LossAcknowledgement(BooleanSupplier lossIsKnown, List<LogDirectory> lossy, Executor executor) {
    this.lossIsKnown = lossIsKnown;
    this.lossy = List.copyOf(lossy);
    this.executor = executor;
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    if (!done && lossIsKnown.getAsBoolean()) {
      done = true;
      executor.execute(() -> lossy.forEach(LogDirectory::acknowledgeLoss));
    }
  }
}
