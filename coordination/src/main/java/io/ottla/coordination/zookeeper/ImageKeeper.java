package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.ImagePublisher;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.znode.BrokerZNode;
import io.ottla.coordination.znode.ControllerEpochZNode;
import io.ottla.coordination.znode.ControllerZNode;
import io.ottla.coordination.znode.PartitionStateZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the image equal to the tree. Watch events are hints: they name paths, which are collected
 * for a moment and then read in batches. A new connection means a complete load, because events
 * between two connections are not told; the image changes only by the difference. What this broker
 * itself writes is in the image as soon as ZooKeeper has confirmed it.
 *
 * <p>Why the image never goes back: answers come in the order of the server's history, every new
 * session starts with a sync, and a load leaves alone what was written here while it ran.
 *
 * <p>Confined to the event thread.
 */
final class ImageKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(ImageKeeper.class);

  /**
   * How long hints are collected: long enough for a burst to be read in batches, too short for
   * anybody to notice.
   */
  private static final Duration COALESCING_WINDOW = Duration.ofMillis(2);

  private static final Duration RETRY = Duration.ofSeconds(1);

  /**
   * What is known of a path that somebody changed; created means that nothing but its creation was
   * told.
   */
  private record Hint(boolean createdOnly, long zxid) {}

  private final Session session;
  private final EventLoop loop;
  private final ImagePublisher images;
  private final ImageDecoder decoder = new ImageDecoder();
  private final TreeReader reader;
  private final Consumer<Boolean> onLoaded;

  private final Map<String, Hint> hints = new HashMap<>();
  private final Set<String> writtenDuringLoad = new HashSet<>();
  private final List<Runnable> afterLoad = new ArrayList<>();
  private boolean flushScheduled;
  private boolean loading;
  private long load;
  private Throwable lastFailure;

  /**
   * Makes a keeper.
   *
   * @param onLoaded told after each complete load, with whether the session was new
   */
  ImageKeeper(Session session, EventLoop loop, ImagePublisher images, Consumer<Boolean> onLoaded) {
    this.session = session;
    this.loop = loop;
    this.images = images;
    this.reader = new TreeReader(session);
    this.onLoaded = onLoaded;
  }

  ClusterImage image() {
    return images.image();
  }

  ImageDecoder decoder() {
    return decoder;
  }

  /** Why the last load failed; null when it did not. */
  Throwable lastFailure() {
    return lastFailure;
  }

  /**
   * Runs the task after the next complete load: the way to learn how a write ended whose answer was
   * lost.
   */
  void afterNextLoad(Runnable task) {
    afterLoad.add(task);
  }

  /** Loads everything, because a connection was made. */
  void load(boolean newSession) {
    long mine = ++load;
    loading = true;
    writtenDuringLoad.clear();
    ImageLoad reading = new ImageLoad(session);
    long started = loop.nanoTime();
    Futures.onDone(
        reading.run(newSession),
        (done, error) -> {
          if (mine != load) {
            return;
          }
          if (error == null) {
            finish(reading, newSession, started);
          } else if (Session.isLost(error)) {
            LOG.info(
                "Loading the cluster's state was interrupted; it starts anew when ZooKeeper is back");
            lastFailure = error;
          } else {
            LOG.error("Loading the cluster's state failed; tried again in {}", RETRY, error);
            lastFailure = error;
            loop.schedule(
                RETRY,
                () -> {
                  if (mine == load && session.isConnected()) {
                    load(newSession);
                  }
                });
          }
        });
  }

  private void finish(ImageLoad reading, boolean newSession, long started) {
    images.update(image -> apply(image, reading));
    loading = false;
    lastFailure = null;
    LOG.info(
        "Loaded {} topics and {} brokers of cluster {} in {} ms",
        image().topics().size(),
        image().brokers().size(),
        reading.clusterId(),
        (loop.nanoTime() - started) / 1_000_000);
    List<Runnable> waiting = List.copyOf(afterLoad);
    afterLoad.clear();
    onLoaded.accept(newSession);
    waiting.forEach(Runnable::run);
    scheduleFlush();
  }

  private void apply(ClusterImage.Builder image, ImageLoad reading) {
    String known = images.image().clusterId();
    if (!known.isEmpty() && !known.equals(reading.clusterId())) {
      LOG.error(
          "ZooKeeper now answers for cluster {}, before it was {}: was its data lost, or another one configured?",
          reading.clusterId(),
          known);
    }
    image.clusterId(reading.clusterId());
    if (!writtenDuringLoad.contains(ControllerZNode.PATH)) {
      image.controller(reading.controllerId(), reading.controllerEpoch());
    }
    Set<String> found = new HashSet<>();
    Set<String> marked = new HashSet<>();
    Set<Integer> brokers = new HashSet<>();
    for (ClusterPath path : reading.nodes().keySet()) {
      found.add(path.path());
      switch (path.kind()) {
        case MARK -> marked.add(path.name());
        case BROKER -> brokers.add(path.number());
        default -> {
          // needs no set of its own
        }
      }
    }
    for (int id : List.copyOf(image.currentBrokers().keySet())) {
      if (!brokers.contains(id) && !writtenDuringLoad.contains(BrokerZNode.path(id))) {
        image.removeBroker(id);
      }
    }
    for (String topic : List.copyOf(image.currentTopicNames())) {
      String path = TopicZNode.path(topic);
      if (!found.contains(path) && !writtenDuringLoad.contains(path)) {
        decoder.removeTopic(image, topic);
      }
    }
    decoder.retainConfigs(image, found, writtenDuringLoad);
    for (String written : writtenDuringLoad) {
      ClusterPath path = ClusterPath.parse(written);
      if (path != null && path.kind() == ClusterPath.Kind.MARK) {
        marked.add(path.name());
      }
    }
    decoder.retainMarks(image, marked);
    reading
        .nodes()
        .forEach(
            (path, node) -> {
              if (!writtenDuringLoad.contains(path.path())) {
                decoder.apply(image, path, node);
              }
            });
  }

  /** Notes what a watch event is about. */
  void onChange(WatchedEvent event) {
    String path = event.getPath();
    if (path == null || ClusterPath.parse(path) == null) {
      return;
    }
    boolean created = event.getType() == EventType.NodeCreated;
    long zxid = event.getZxid() == WatchedEvent.NO_ZXID ? Long.MAX_VALUE : event.getZxid();
    hints.merge(
        path,
        new Hint(created, zxid),
        (old, now) -> new Hint(false, Math.max(old.zxid(), now.zxid())));
    scheduleFlush();
  }

  private void scheduleFlush() {
    if (!flushScheduled && !loading && !hints.isEmpty()) {
      flushScheduled = true;
      loop.schedule(COALESCING_WINDOW, this::flush);
    }
  }

  private void flush() {
    flushScheduled = false;
    if (loading) {
      return; // comes again after the load
    }
    List<ClusterPath> paths = new ArrayList<>(hints.size());
    for (String path : hints.keySet()) {
      paths.add(ClusterPath.parse(path));
    }
    hints.clear();
    paths.sort(Comparator.comparing(ClusterPath::kind));
    Futures.onDone(
        refresh(paths),
        (done, error) -> {
          if (error != null && !Session.isLost(error)) {
            LOG.error("Reading changed znodes failed, everything is loaded anew", error);
            if (session.isConnected() && !loading) {
              load(false);
            }
          }
        });
  }

  /** Reads znodes and puts them into the image; completes when they are there. */
  CompletableFuture<Void> refresh(List<ClusterPath> paths) {
    boolean controller = paths.stream().anyMatch(p -> p.kind() == ClusterPath.Kind.CONTROLLER);
    List<ClusterPath> others =
        paths.stream().filter(p -> p.kind() != ClusterPath.Kind.CONTROLLER).toList();
    CompletableFuture<Void> first =
        controller ? refreshController() : CompletableFuture.completedFuture(null);
    return first.thenCombine(reader.read(others, this::applyRead), (a, b) -> null);
  }

  private CompletableFuture<Void> refreshController() {
    return session
        .read(List.of(Op.getData(ControllerZNode.PATH), Op.getData(ControllerEpochZNode.PATH)))
        .thenAccept(this::applyController);
  }

  private void applyController(List<OpResult> results) {
    int id;
    int epoch;
    try {
      Session.Node controller = TreeReader.node(results.get(0));
      Session.Node epochNode = TreeReader.node(results.get(1));
      id = controller == null ? -1 : ControllerZNode.decode(controller.data());
      epoch = epochNode == null ? 0 : ControllerEpochZNode.decode(epochNode.data());
    } catch (KeeperException | IllegalArgumentException e) {
      LOG.error("Cannot tell who is controller", e);
      return;
    }
    images.update(image -> image.controller(id, epoch));
  }

  private void applyRead(List<ClusterPath> paths, List<Session.Node> nodes) {
    List<ClusterPath> replaced = new ArrayList<>();
    images.update(
        image -> {
          for (int i = 0; i < paths.size(); i++) {
            ClusterPath path = paths.get(i);
            TopicImage before =
                path.kind() == ClusterPath.Kind.TOPIC ? image.currentTopic(path.name()) : null;
            decoder.apply(image, path, nodes.get(i));
            TopicImage after = before == null ? null : image.currentTopic(path.name());
            if (after != null && !after.id().equals(before.id())) {
              replaced.add(path);
            }
          }
        });
    for (ClusterPath topic : replaced) {
      hintStates(images.image().topic(topic.name()));
    }
  }

  /**
   * A topic that replaced another of its name: hints for its states may have been spent on the old
   * one.
   */
  private void hintStates(TopicImage topic) {
    topic
        .partitions()
        .forEach(
            p ->
                hints.put(
                    PartitionStateZNode.path(topic.name(), p.partition()),
                    new Hint(false, Long.MAX_VALUE)));
    scheduleFlush();
  }

  /** Notes that this broker created a znode, and puts it into the image. */
  void created(String path, Consumer<ClusterImage.Builder> change) {
    own(List.of(path), Long.MIN_VALUE, change);
  }

  /**
   * Notes that this broker wrote or created znodes in one transaction, and puts them into the
   * image.
   */
  void own(List<String> paths, long zxid, Consumer<ClusterImage.Builder> change) {
    for (String path : paths) {
      Hint hint = hints.get(path);
      if (hint != null && (hint.createdOnly() || hint.zxid() <= zxid)) {
        hints.remove(path); // the event of this very write
      }
      if (loading) {
        writtenDuringLoad.add(path);
      }
    }
    images.update(change);
  }
}
