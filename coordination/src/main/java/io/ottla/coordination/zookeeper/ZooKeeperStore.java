package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.controller.ControllerStore;
import io.ottla.coordination.znode.ConfigChangeZNode;
import io.ottla.coordination.znode.ConfigZNode;
import io.ottla.coordination.znode.ControllerEpochZNode;
import io.ottla.coordination.znode.ControllerZNode;
import io.ottla.coordination.znode.DeleteTopicZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller's store in ZooKeeper. Confined to the event thread. */
final class ZooKeeperStore implements ControllerStore {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperStore.class);
  private static final int MAX_ATTEMPTS = 5;

  /** As in Kafka: by then every broker has seen a notification. */
  private static final Duration NOTIFICATION_AGE = Duration.ofMinutes(15);

  private static final int MAX_PURGED_AT_ONCE = 1000;

  private final int brokerId;
  private final Session session;
  private final ImageKeeper keeper;
  private final FencedWriter writer;
  private final StateWriter states;
  private final TopicRemover remover;
  private final ConfigUpdater configs;
  private final Clock wallClock;

  ZooKeeperStore(
      int brokerId,
      Session session,
      ImageKeeper keeper,
      Clock wallClock,
      Consumer<String> onFenced) {
    this.brokerId = brokerId;
    this.session = session;
    this.keeper = keeper;
    this.wallClock = wallClock;
    this.writer = new FencedWriter(session, keeper, onFenced);
    this.states = new StateWriter(session, keeper, writer);
    this.remover = new TopicRemover(session, keeper, writer);
    this.configs = new ConfigUpdater(session, keeper, writer);
  }

  @Override
  public ClusterImage image() {
    return keeper.image();
  }

  @Override
  public CompletableFuture<OptionalInt> claim() {
    return session
        .read(List.of(Op.getData(ControllerZNode.PATH), Op.getData(ControllerEpochZNode.PATH)))
        .thenCompose(
            results -> {
              try {
                return claim(TreeReader.node(results.get(0)), TreeReader.node(results.get(1)));
              } catch (KeeperException e) {
                return CompletableFuture.failedFuture(e);
              }
            });
  }

  private CompletableFuture<OptionalInt> claim(Session.Node controller, Session.Node epoch) {
    if (epoch == null) {
      byte[] zero = ControllerEpochZNode.encode(0);
      return ImageLoad.ignoring(
              Code.NODEEXISTS,
              session.create(ControllerEpochZNode.PATH, zero, CreateMode.PERSISTENT))
          .thenCompose(v -> claim());
    }
    int current = ControllerEpochZNode.decode(epoch.data());
    int version = epoch.stat().getVersion();
    if (controller != null) {
      // Ours when an earlier claim was applied but its answer lost.
      boolean mine = controller.stat().getEphemeralOwner() == session.sessionId();
      return CompletableFuture.completedFuture(
          mine ? won(current, version) : lost(controller, current));
    }
    List<Op> ops =
        List.of(
            Op.create(
                ControllerZNode.PATH,
                ControllerZNode.encode(brokerId, wallClock.millis()),
                ZooDefs.Ids.OPEN_ACL_UNSAFE,
                CreateMode.EPHEMERAL),
            Op.setData(
                ControllerEpochZNode.PATH, ControllerEpochZNode.encode(current + 1), version));
    return writer
        .write(false, ops)
        .thenApply(batch -> batch.applied() ? won(current + 1, version + 1) : OptionalInt.empty());
  }

  private OptionalInt won(int epoch, int version) {
    writer.inOffice(epoch, version);
    keeper.created(ControllerZNode.PATH, image -> image.controller(brokerId, epoch));
    return OptionalInt.of(epoch);
  }

  private OptionalInt lost(Session.Node controller, int epoch) {
    keeper.created(
        ControllerZNode.PATH,
        image -> image.controller(ControllerZNode.decode(controller.data()), epoch));
    return OptionalInt.empty();
  }

  @Override
  public CompletableFuture<StatesResult> writeStates(List<StateChange> changes) {
    return states.write(changes);
  }

  @Override
  public CompletableFuture<Void> createTopic(
      TopicImage topic, Map<String, String> config, boolean fenced) {
    return createTopic(topic, config, fenced, 1);
  }

  private CompletableFuture<Void> createTopic(
      TopicImage topic, Map<String, String> config, boolean fenced, int attempt) {
    ClusterPath configPath = ClusterPath.parse(ConfigZNode.topicPath(topic.name()));
    ClusterPath topicPath = ClusterPath.parse(TopicZNode.path(topic.name()));
    int configVersion = keeper.decoder().configVersion(configPath.path());
    ClusterPath markPath = ClusterPath.parse(DeleteTopicZNode.path(topic.name()));
    List<Op> ops = new ArrayList<>();
    ops.add(put(configPath.path(), ConfigZNode.encode(config), configVersion));
    ops.add(create(topicPath.path(), TopicZNode.encode(topic)));
    ops.add(create(TopicZNode.partitionsPath(topic.name()), null));
    boolean marked = keeper.decoder().markedTopics().contains(topic.name());
    if (marked) {
      ops.add(
          Op.delete(
              markPath.path(),
              -1)); // of an earlier topic, or a tool's mistake: not meant for this one
    }
    CompletableFuture<Void> result = new CompletableFuture<>();
    Futures.onDone(
        writer.write(fenced, ops),
        (batch, error) -> {
          if (error instanceof NetworkException && attempt < MAX_ATTEMPTS) {
            TopicImage there = image().topic(topic.name());
            if (there != null && there.id().equals(topic.id())) {
              result.complete(null);
            } else {
              Futures.forward(createTopic(topic, config, fenced, attempt + 1), result);
            }
          } else if (error != null) {
            result.completeExceptionally(error);
          } else if (batch.applied()) {
            keeper.decoder().topicVersion(topic.name(), 0);
            keeper.decoder().configVersion(configPath.path(), configVersion + 1);
            keeper.own(
                List.of(configPath.path(), topicPath.path()),
                Long.MIN_VALUE,
                image -> {
                  keeper.decoder().unmark(image, topic.name());
                  keeper.decoder().putTopic(image, topic);
                  ImageDecoder.putConfig(image, configPath, config);
                });
            result.complete(null);
          } else if ((batch.error(0) != Code.OK || batch.error(3) != Code.OK)
              && attempt < MAX_ATTEMPTS) {
            Futures.forward(
                keeper
                    .refresh(List.of(configPath, markPath))
                    .thenCompose(v -> createTopic(topic, config, fenced, attempt + 1)),
                result);
          } else if (batch.error(1) == Code.NODEEXISTS) {
            Futures.onDone(
                keeper.refresh(List.of(topicPath)),
                (v, e) ->
                    result.completeExceptionally(
                        new TopicExistsException("Topic '" + topic.name() + "' already exists.")));
          } else {
            result.completeExceptionally(refused("Creating topic " + topic.name(), batch));
          }
        });
    return result;
  }

  @Override
  public CompletableFuture<Void> updateTopic(TopicImage topic) {
    ClusterPath path = ClusterPath.parse(TopicZNode.path(topic.name()));
    int version = keeper.decoder().topicVersion(topic.name());
    CompletableFuture<Void> result = new CompletableFuture<>();
    if (version < 0) {
      result.completeExceptionally(
          new InvalidRequestException("Topic " + topic.name() + " does not exist."));
      return result;
    }
    Futures.onDone(
        writer.write(true, List.of(Op.setData(path.path(), TopicZNode.encode(topic), version))),
        (batch, error) -> {
          if (error instanceof NetworkException) {
            result.completeExceptionally(
                new InvalidRequestException("Topic " + topic.name() + " may have changed.", error));
          } else if (error != null) {
            result.completeExceptionally(error);
          } else if (batch.applied()) {
            keeper.decoder().topicVersion(topic.name(), version + 1);
            keeper.own(
                List.of(path.path()),
                Long.MIN_VALUE,
                image -> keeper.decoder().putTopic(image, topic));
            result.complete(null);
          } else {
            Futures.onDone(
                keeper.refresh(List.of(path)),
                (v, e) ->
                    result.completeExceptionally(
                        new InvalidRequestException(
                            "Topic " + topic.name() + " changed meanwhile.")));
          }
        });
    return result;
  }

  @Override
  public CompletableFuture<Void> markDeleting(TopicImage topic) {
    String path = DeleteTopicZNode.path(topic.name());
    byte[] data = DeleteTopicZNode.encode(topic.id());
    return attempts(
        "Marking topic " + topic.name() + " for deletion",
        attempt -> List.of(attempt % 2 == 1 ? create(path, data) : Op.setData(path, data, -1)),
        () -> image().topic(topic.id()) == null || image().topic(topic.id()).deleting(),
        () ->
            keeper.created(path, image -> keeper.decoder().mark(image, topic.name(), topic.id())));
  }

  @Override
  public CompletableFuture<Void> unmarkDeleting(String topic) {
    String path = DeleteTopicZNode.path(topic);
    Runnable applied = () -> keeper.created(path, image -> keeper.decoder().unmark(image, topic));
    return ImageLoad.ignoring(Code.NONODE, session.delete(path, -1)).thenRun(applied);
  }

  @Override
  public CompletableFuture<Void> removeTopic(TopicImage topic) {
    return remover.remove(topic);
  }

  @Override
  public CompletableFuture<Void> changeTopicConfig(
      String topic, UnaryOperator<Map<String, String>> change) {
    return configs.update(ConfigZNode.topicPath(topic), change);
  }

  @Override
  public CompletableFuture<Void> changeBrokerConfig(
      OptionalInt broker, UnaryOperator<Map<String, String>> change) {
    return configs.update(ConfigZNode.brokerPath(broker), change);
  }

  @Override
  public void purgeNotifications() {
    for (String topic : keeper.decoder().markedTopics()) {
      if (image().topic(topic) == null) {
        Futures.onDone(
            unmarkDeleting(topic),
            (done, error) -> {
              if (error != null) {
                LOG.info(
                    "The mark of topic {}, which does not exist, was not removed yet",
                    topic,
                    error);
              }
            });
      }
    }
    long oldest = wallClock.millis() - NOTIFICATION_AGE.toMillis();
    CompletableFuture<Integer> purge =
        session
            .getChildren(ConfigChangeZNode.PARENT)
            .thenCompose(
                children -> {
                  List<String> paths =
                      children.stream()
                          .limit(MAX_PURGED_AT_ONCE)
                          .map(c -> ConfigChangeZNode.PARENT + "/" + c)
                          .toList();
                  return paths.isEmpty()
                      ? CompletableFuture.completedFuture(0)
                      : session
                          .read(paths.stream().map(Op::getData).toList())
                          .thenApply(nodes -> purge(paths, nodes, oldest));
                });
    Futures.onDone(
        purge,
        (count, error) -> {
          if (error != null) {
            LOG.info("Old configuration notifications were not purged; it is tried again", error);
          }
        });
  }

  private int purge(List<String> paths, List<OpResult> nodes, long oldest) {
    int count = 0;
    for (int i = 0; i < paths.size(); i++) {
      if (nodes.get(i) instanceof OpResult.GetDataResult data
          && data.getStat().getCtime() < oldest) {
        Futures.onDone(
            ImageLoad.ignoring(Code.NONODE, session.delete(paths.get(i), -1)),
            (v, e) -> {
              if (e != null) {
                LOG.debug("An old notification was not deleted", e);
              }
            });
        count++;
      }
    }
    return count;
  }

  private interface Ops {
    List<Op> of(int attempt);
  }

  /**
   * Tries a fenced write until it is applied, or turns out to have been although its answer was
   * lost.
   */
  private CompletableFuture<Void> attempts(
      String what, Ops ops, BooleanSupplier done, Runnable onApplied) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    attempt(what, ops, done, onApplied, 1, result);
    return result;
  }

  private void attempt(
      String what,
      Ops ops,
      BooleanSupplier done,
      Runnable onApplied,
      int attempt,
      CompletableFuture<Void> result) {
    Futures.onDone(
        writer.write(true, ops.of(attempt)),
        (batch, error) -> {
          if (error instanceof NetworkException && done.getAsBoolean()) {
            result.complete(null);
          } else if (error != null
              && !(error instanceof NetworkException && attempt < MAX_ATTEMPTS)) {
            result.completeExceptionally(error);
          } else if (error == null && batch.applied()) {
            onApplied.run();
            result.complete(null);
          } else if (attempt < MAX_ATTEMPTS) {
            attempt(what, ops, done, onApplied, attempt + 1, result);
          } else {
            result.completeExceptionally(refused(what, batch));
          }
        });
  }

  static Op put(String path, byte[] data, int version) {
    return version < 0 ? create(path, data) : Op.setData(path, data, version);
  }

  private static Op create(String path, byte[] data) {
    return Op.create(path, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }

  private static UnknownServerException refused(String what, Session.Batch batch) {
    return new UnknownServerException(what + " was refused by ZooKeeper: " + batch.code());
  }
}
