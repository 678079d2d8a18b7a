package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.ElectionType;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.ImageListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotControllerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker's controller, in office or not: stands for the office when it is vacant, and while in
 * office makes the cluster's state what the pure functions of this package say it should be, each
 * time the image changes. It sends nothing to anybody.
 *
 * <p>Always true: in office means that the own claim was the newest one seen. Owned by the event
 * thread; {@link #isActive()} and {@link #epoch()} may be read from any thread.
 */
public final class Controller implements ImageListener {
  private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** As in Kafka: the first look at balance comes soon after taking office. */
  private static final Duration FIRST_BALANCE_CHECK = Duration.ofSeconds(5);

  /**
   * Leaders move home in steps of this many, so that clients are not all sent elsewhere at once.
   */
  private static final int MOVES_PER_STEP = 50;

  private static final Duration STEP_PAUSE = Duration.ofSeconds(1);

  private final int brokerId;
  private final ControllerStore store;
  private final EventLoop loop;
  private final ControllerSettings settings;
  private final PartitionReconciler partitions;
  private final TopicReconciler topics;

  private boolean eligible;
  private boolean claiming;
  private volatile int epoch = -1;

  /** Tells timers of an earlier time in office from those of this one. */
  private long term;

  public Controller(
      int brokerId, ControllerStore store, EventLoop loop, ControllerSettings settings) {
    this.brokerId = brokerId;
    this.store = store;
    this.loop = loop;
    this.settings = settings;
    this.partitions = new PartitionReconciler(store, loop, settings, this::resign);
    this.topics = new TopicReconciler(store, loop, settings, this::resign);
  }

  /** True while in office. */
  public boolean isActive() {
    return epoch >= 0;
  }

  /** Epoch of the current term; -1 when not in office. */
  public int epoch() {
    return epoch;
  }

  /** Says whether this broker may stand for the office: it must be registered. */
  public void setEligible(boolean mayStand) {
    eligible = mayStand;
    if (mayStand) {
      maybeClaim();
    }
  }

  /** Leaves office, if in it: the session is gone, or a newer controller was seen. */
  public void resign(String reason) {
    if (isActive()) {
      LOG.info("Broker {} is no longer controller (epoch {}): {}", brokerId, epoch, reason);
      epoch = -1;
      term++;
      partitions.stop();
      topics.stop();
    }
    loop.execute(this::maybeClaim);
  }

  @Override
  public void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta) {
    if (isActive() && (current.controllerId() != brokerId || current.controllerEpoch() != epoch)) {
      resign(
          "broker "
              + current.controllerId()
              + " holds the office with epoch "
              + current.controllerEpoch());
    }
    if (isActive()) {
      topics.onImage(current, delta);
      partitions.onImage(current, delta);
    } else {
      maybeClaim();
    }
  }

  /**
   * Elects a leader by request; completes with the refusal, or empty when done. On the event
   * thread.
   */
  CompletableFuture<Optional<ApiException>> elect(ElectionType type, TopicPartition partition) {
    if (!isActive()) {
      return CompletableFuture.failedFuture(
          new NotControllerException("Broker " + brokerId + " is not the controller."));
    }
    return partitions.elect(type, partition);
  }

  private void maybeClaim() {
    int holder = store.image().controllerId();
    // An office that seems to be ours although we left it: the claim finds out whose it is.
    if (!eligible || claiming || isActive() || (holder >= 0 && holder != brokerId)) {
      return;
    }
    claiming = true;
    Futures.onDone(store.claim(), this::onClaimed);
  }

  private void onClaimed(OptionalInt claimed, Throwable error) {
    claiming = false;
    if (error != null) {
      LOG.warn(
          "Broker {} could not stand for controller, tries again in {}", brokerId, RETRY, error);
      loop.schedule(RETRY, this::maybeClaim);
    } else if (claimed.isPresent()) {
      takeOffice(claimed.getAsInt());
    } else {
      // The image will show the winner; look again in case it has left by then.
      loop.schedule(RETRY, this::maybeClaim);
    }
  }

  private void takeOffice(int newEpoch) {
    epoch = newEpoch;
    term++;
    LOG.info("Broker {} is controller with epoch {}", brokerId, newEpoch);
    ClusterImage image = store.image();
    topics.start(image);
    partitions.start(image, newEpoch);
    long thisTerm = term;
    loop.schedule(FIRST_BALANCE_CHECK, () -> housekeep(thisTerm));
  }

  private void housekeep(long ofTerm) {
    if (ofTerm != term || !isActive()) {
      return;
    }
    store.purgeNotifications();
    boolean more = settings.autoLeaderRebalance() && moveLeadersHome();
    loop.schedule(more ? STEP_PAUSE : settings.imbalanceCheckInterval(), () -> housekeep(ofTerm));
  }

  private boolean moveLeadersHome() {
    List<TopicPartition> plan =
        PreferredLeaderPlan.plan(store.image(), settings.imbalancePercentage(), MOVES_PER_STEP);
    if (!plan.isEmpty()) {
      LOG.info("Moving {} leaders to their preferred replicas, {} first", plan.size(), plan.get(0));
    }
    for (TopicPartition partition : plan) {
      Futures.onDone(
          partitions.elect(ElectionType.PREFERRED, partition),
          (refusal, error) -> {
            if (error != null) {
              LOG.debug("Preferred leader of {} not elected", partition, error);
            }
          });
    }
    return !plan.isEmpty();
  }
}
