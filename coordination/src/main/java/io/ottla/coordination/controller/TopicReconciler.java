package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes deletions and gives ids to topics that foreign tools created without. Confined to the
 * event thread.
 */
final class TopicReconciler {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReconciler.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final ControllerStore store;
  private final EventLoop loop;
  private final ControllerSettings settings;
  private final Consumer<String> fenced;
  private final Set<String> busy = new HashSet<>();
  private long term;
  private boolean active;

  TopicReconciler(
      ControllerStore store, EventLoop loop, ControllerSettings settings, Consumer<String> fenced) {
    this.store = store;
    this.loop = loop;
    this.settings = settings;
    this.fenced = fenced;
  }

  void start(ClusterImage image) {
    active = true;
    for (TopicImage topic : image.topics()) {
      reconcile(topic);
    }
  }

  void stop() {
    active = false;
    term++;
    busy.clear();
  }

  void onImage(ClusterImage image, ImageDelta delta) {
    String last = null;
    for (TopicPartition partition : delta.partitions()) {
      if (!partition.topic().equals(last)) {
        last = partition.topic();
        TopicImage topic = image.topic(last);
        if (topic != null) {
          reconcile(topic);
        }
      }
    }
  }

  private void reconcile(TopicImage topic) {
    boolean needsId = topic.id().equals(Uuid.ZERO_UUID);
    if (!active || !(topic.deleting() || needsId) || !busy.add(topic.name())) {
      return;
    }
    long ofTerm = term;
    String name = topic.name();
    CompletableFuture<Void> work;
    if (!topic.deleting()) {
      work = store.updateTopic(new TopicImage(name, Uuid.randomUuid(), topic.partitions(), false));
    } else if (settings.deleteTopicEnable()) {
      LOG.info("Deleting topic {} with id {}", name, topic.id());
      work = store.removeTopic(topic);
    } else {
      LOG.warn(
          "Topic {} is marked for deletion, but delete.topic.enable is false: the mark is removed",
          name);
      work = store.unmarkDeleting(name);
    }
    Futures.onDone(work, (done, error) -> onDone(name, ofTerm, error));
  }

  private void onDone(String name, long ofTerm, Throwable error) {
    if (ofTerm != term) {
      return;
    }
    if (error == null) {
      busy.remove(name);
      again(name);
    } else if (Failures.isFenced(error)) {
      fenced.accept(error.getMessage());
    } else {
      LOG.warn("Topic {}: id or deletion failed, is tried again in {}", name, RETRY, error);
      loop.schedule(
          RETRY,
          () -> {
            if (ofTerm == term) {
              busy.remove(name);
              again(name);
            }
          });
    }
  }

  private void again(String name) {
    TopicImage topic = store.image().topic(name);
    if (topic != null) {
      reconcile(topic);
    }
  }
}
