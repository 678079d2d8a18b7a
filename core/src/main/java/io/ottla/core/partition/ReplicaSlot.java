package io.ottla.core.partition;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one partition name on this broker. Brings the replica there in line with the newest
 * image: opens, changes roles, deletes. One run at a time, in order; wishes that come during a run
 * lead to one more run, so any number of images costs what the last one costs.
 */
final class ReplicaSlot {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaSlot.class);

  private final TopicPartition topicPartition;
  private final PartitionContext context;
  private final ReplicaLogs logs;
  private final TopicSettings settings;
  private final AtomicInteger wishes = new AtomicInteger();
  private volatile Partition partition;
  private volatile ReplicaLogs.Located located;
  private Map<String, String> appliedOverrides;
  private volatile boolean settingsChanged;
  private volatile boolean closed;

  ReplicaSlot(
      TopicPartition topicPartition,
      PartitionContext context,
      ReplicaLogs logs,
      TopicSettings settings) {
    this.topicPartition = topicPartition;
    this.context = context;
    this.logs = logs;
    this.settings = settings;
  }

  TopicPartition topicPartition() {
    return topicPartition;
  }

  /** Null while there is none. */
  Partition partition() {
    return partition;
  }

  /** Null while there is no open log. */
  ReplicaLogs.Located located() {
    return located;
  }

  boolean idle() {
    return wishes.get() == 0;
  }

  /** Forgets which settings were applied: the next run applies them again. */
  void settingsChanged() {
    settingsChanged = true;
  }

  /** Notes that there is something new; true when the caller must have {@link #run} called. */
  boolean wish() {
    return wishes.getAndIncrement() == 0;
  }

  /** Works until no wish is left. */
  void run() {
    int seen = 1;
    while (seen != 0) {
      seen = wishes.get();
      try {
        converge();
      } catch (RuntimeException e) {
        LOG.error("{}: cannot apply the image", topicPartition, e);
      }
      seen = wishes.addAndGet(-seen);
    }
  }

  /** Ends the replica without deleting anything; later wishes do nothing. */
  void close() {
    closed = true;
    Partition now = partition;
    if (now != null) {
      now.stop("the broker stops");
    }
  }

  private void converge() {
    if (closed) {
      return;
    }
    ClusterImage image = context.image().get();
    TopicImage topic = image.topic(topicPartition.topic());
    PartitionImage wanted = topic == null ? null : topic.partition(topicPartition.partition());
    boolean hosted =
        wanted != null
            && !topic.id().equals(Uuid.ZERO_UUID)
            && wanted.replicas().contains(context.brokerId());
    Partition now = partition;
    if (now != null && (!hosted || !now.topicId().equals(topic.id()))) {
      delete(now, topic == null ? "its topic is deleted" : "it is not assigned to this broker");
      now = null;
    }
    if (!hosted) {
      return;
    }
    if (now == null) {
      now = create(topic.id(), image.topicConfig(topic.name()));
    }
    applySettings(now, image.topicConfig(topic.name()));
    now.apply(wanted);
  }

  private Partition create(Uuid topicId, Map<String, String> overrides) {
    Partition created = new Partition(topicPartition, topicId, context);
    partition = created;
    try {
      ReplicaLogs.Located opened =
          logs.open(topicPartition, topicId, settings.logConfig(overrides));
      located = opened;
      created.open(opened.log(), opened.home(), logs.checkpointedHighWatermark(opened));
    } catch (IOException | RuntimeException e) {
      created.state().fail(e);
    }
    appliedOverrides = null;
    return created;
  }

  private void applySettings(Partition now, Map<String, String> overrides) {
    boolean again = settingsChanged;
    settingsChanged = false;
    if (!again && overrides.equals(appliedOverrides)) {
      return;
    }
    now.state().configuredMinIsr(settings.minInsyncReplicas(overrides));
    ReplicaLogs.Located open = located;
    if (open != null) {
      open.log().updateConfig(settings.logConfig(overrides));
    }
    appliedOverrides = overrides;
  }

  private void delete(Partition old, String why) {
    old.stop(why);
    ReplicaLogs.Located gone = located;
    partition = null;
    located = null;
    if (gone == null) {
      return;
    }
    LOG.info("Deleting the replica in {}: {}", gone.log().directory(), why);
    try {
      logs.delete(gone);
    } catch (RuntimeException e) {
      LOG.error("Cannot delete {}; it is deleted at the next start", gone.log().directory(), e);
    }
  }
}
