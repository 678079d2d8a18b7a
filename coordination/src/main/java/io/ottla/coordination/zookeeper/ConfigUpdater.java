package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.znode.ConfigChangeZNode;
import io.ottla.coordination.znode.ConfigZNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs;

/**
 * Changes overrides of topics and brokers. A change is applied to what the image shows and stored
 * by compare-and-set; when another broker was faster, what that one stored is read and the change
 * applied to it, so none is lost. Confined to the event thread.
 */
final class ConfigUpdater {
  /** Each attempt but the last loses only to a write of somebody else that succeeded. */
  private static final int MAX_ATTEMPTS = 30;

  private final Session session;
  private final ImageKeeper keeper;
  private final FencedWriter writer;

  ConfigUpdater(Session session, ImageKeeper keeper, FencedWriter writer) {
    this.session = session;
    this.keeper = keeper;
    this.writer = writer;
  }

  /**
   * Applies a change to a znode with overrides.
   *
   * @param path as of {@link ConfigZNode}
   * @param change from the overrides stored to those to store; may be asked several times
   * @return completes when the image shows the result; fails with what the change threw
   */
  CompletableFuture<Void> update(String path, UnaryOperator<Map<String, String>> change) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    attempt(ClusterPath.parse(path), change, 1, false, result);
    return result;
  }

  /**
   * One attempt.
   *
   * @param fresh whether the image was read from ZooKeeper during this update
   */
  private void attempt(
      ClusterPath path,
      UnaryOperator<Map<String, String>> change,
      int attempt,
      boolean fresh,
      CompletableFuture<Void> result) {
    Map<String, String> stored = stored(keeper.image(), path);
    Map<String, String> next;
    try {
      next = Map.copyOf(change.apply(stored));
    } catch (RuntimeException refused) {
      result.completeExceptionally(refused);
      return;
    }
    if (!next.equals(stored)) {
      write(path, next, change, attempt, result);
    } else if (fresh) {
      result.complete(null);
    } else { // nothing to do, unless the image is late
      refreshAndTry(path, change, attempt, result);
    }
  }

  /** Overrides, and a notification for Kafka's tools. */
  private void write(
      ClusterPath path,
      Map<String, String> next,
      UnaryOperator<Map<String, String>> change,
      int attempt,
      CompletableFuture<Void> result) {
    String node = path.path();
    int version = keeper.decoder().configVersion(node);
    List<Op> ops =
        List.of(
            ZooKeeperStore.put(node, ConfigZNode.encode(next), version),
            Op.create(
                ConfigChangeZNode.PREFIX,
                ConfigChangeZNode.encode(node.substring("/config/".length())),
                ZooDefs.Ids.OPEN_ACL_UNSAFE,
                CreateMode.PERSISTENT_SEQUENTIAL));
    Futures.onDone(
        writer.write(false, ops),
        (batch, error) -> {
          if (error instanceof NetworkException && attempt < MAX_ATTEMPTS) {
            attempt(path, change, attempt + 1, true, result); // all has been loaded anew
          } else if (error != null) {
            result.completeExceptionally(error);
          } else if (batch.applied()) {
            keeper.decoder().configVersion(node, version + 1);
            CuratorTransactionResult first = batch.results().get(0);
            long zxid =
                first.getType() == OperationType.SET_DATA
                    ? first.getResultStat().getMzxid()
                    : Long.MIN_VALUE;
            keeper.own(List.of(node), zxid, image -> ImageDecoder.putConfig(image, path, next));
            result.complete(null);
          } else if (batch.error(0) != Code.OK && attempt < MAX_ATTEMPTS) {
            refreshAndTry(path, change, attempt + 1, result);
          } else {
            result.completeExceptionally(
                new UnknownServerException(
                    "Writing " + node + " was refused by ZooKeeper: " + batch.code()));
          }
        });
  }

  private void refreshAndTry(
      ClusterPath path,
      UnaryOperator<Map<String, String>> change,
      int attempt,
      CompletableFuture<Void> result) {
    Futures.onDone(
        session.sync().thenCompose(v -> keeper.refresh(List.of(path))),
        (done, error) -> {
          if (error == null) {
            attempt(path, change, attempt, true, result);
          } else if (Session.isLost(error) && attempt < MAX_ATTEMPTS) {
            keeper.afterNextLoad(() -> attempt(path, change, attempt + 1, true, result));
          } else {
            result.completeExceptionally(error);
          }
        });
  }

  private static Map<String, String> stored(ClusterImage image, ClusterPath path) {
    if (path.kind() == ClusterPath.Kind.TOPIC_CONFIG) {
      return image.topicConfig(path.name());
    }
    return path.number() >= 0 ? image.brokerConfig(path.number()) : image.defaultBrokerConfig();
  }
}
