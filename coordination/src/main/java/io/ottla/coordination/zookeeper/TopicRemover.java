package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.znode.ConfigZNode;
import io.ottla.coordination.znode.DeleteTopicZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;

/**
 * Deletes the znodes of a topic: in one transaction when it is small, else partitions first and at
 * last topic, overrides and mark together. The mark stays until then, so that the next controller
 * finishes what this one began. Confined to the event thread.
 */
final class TopicRemover {
  private static final int PARTITIONS_PER_WRITE = 150;
  private static final int MAX_ATTEMPTS = 5;

  private final Session session;
  private final ImageKeeper keeper;
  private final FencedWriter writer;

  TopicRemover(Session session, ImageKeeper keeper, FencedWriter writer) {
    this.session = session;
    this.keeper = keeper;
    this.writer = writer;
  }

  CompletableFuture<Void> remove(TopicImage topic) {
    return attempt(topic, 1);
  }

  private CompletableFuture<Void> attempt(TopicImage topic, int attempt) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    Futures.onDone(
        listed(TopicZNode.partitionsPath(topic.name()))
            .thenCompose(this::nodes)
            .thenCompose(nodes -> delete(topic, nodes)),
        (batch, error) -> {
          if (error != null) {
            result.completeExceptionally(error);
          } else if (batch.applied()) {
            gone(topic);
            result.complete(null);
          } else if (attempt < MAX_ATTEMPTS) {
            // Somebody added or removed a node meanwhile: look again.
            Futures.onDone(
                keeper.refresh(
                    List.of(
                        ClusterPath.parse(ConfigZNode.topicPath(topic.name())),
                        ClusterPath.parse(DeleteTopicZNode.path(topic.name())))),
                (done, failed) -> Futures.forward(attempt(topic, attempt + 1), result));
          } else {
            result.completeExceptionally(
                new UnknownServerException(
                    "Topic "
                        + topic.name()
                        + " keeps changing while it is deleted: "
                        + batch.code()));
          }
        });
    return result;
  }

  private void gone(TopicImage topic) {
    String name = topic.name();
    List<String> paths =
        List.of(TopicZNode.path(name), ConfigZNode.topicPath(name), DeleteTopicZNode.path(name));
    ClusterPath config = ClusterPath.parse(ConfigZNode.topicPath(name));
    keeper.own(
        paths,
        Long.MIN_VALUE,
        image -> {
          keeper.decoder().removeTopic(image, name);
          keeper.decoder().apply(image, config, null);
          keeper.decoder().unmark(image, name);
        });
  }

  /** The children of a node that need not exist. */
  private CompletableFuture<List<String>> listed(String path) {
    CompletableFuture<List<String>> result = new CompletableFuture<>();
    Futures.onDone(
        session.getChildren(path),
        (children, error) -> {
          if (error == null) {
            result.complete(children.stream().map(child -> path + "/" + child).toList());
          } else if (Session.code(error) == Code.NONODE) {
            result.complete(List.of());
          } else {
            result.completeExceptionally(error);
          }
        });
    return result;
  }

  /** For each partition its nodes, children first. */
  private CompletableFuture<List<List<String>>> nodes(List<String> partitions) {
    CompletableFuture<List<List<String>>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (int i = 0; i < partitions.size(); i += PARTITIONS_PER_WRITE) {
      List<String> chunk =
          partitions.subList(i, Math.min(partitions.size(), i + PARTITIONS_PER_WRITE));
      all =
          all.thenCombine(
              session.read(chunk.stream().map(Op::getChildren).toList()),
              (nodes, results) -> {
                for (int p = 0; p < chunk.size(); p++) {
                  nodes.add(nodesOf(chunk.get(p), results.get(p)));
                }
                return nodes;
              });
    }
    return all;
  }

  private static List<String> nodesOf(String partition, OpResult result) {
    List<String> nodes = new ArrayList<>();
    if (result instanceof OpResult.GetChildrenResult children) {
      children.getChildren().forEach(child -> nodes.add(partition + "/" + child));
      nodes.add(partition);
    }
    return nodes;
  }

  private CompletableFuture<Session.Batch> delete(TopicImage topic, List<List<String>> partitions) {
    List<Op> ops = new ArrayList<>();
    CompletableFuture<Session.Batch> chain =
        CompletableFuture.completedFuture(new Session.Batch(Code.OK, List.of()));
    int inBatch = 0;
    for (List<String> partition : partitions) {
      if (inBatch == PARTITIONS_PER_WRITE) {
        List<Op> full = ops;
        chain =
            chain.thenCompose(
                before ->
                    before.applied()
                        ? writer.write(true, full)
                        : CompletableFuture.completedFuture(before));
        ops = new ArrayList<>();
        inBatch = 0;
      }
      for (String path : partition) {
        ops.add(Op.delete(path, -1));
      }
      inBatch++;
    }
    List<Op> last = ops;
    return chain.thenCompose(
        before ->
            before.applied()
                ? deleteRest(topic.name(), last)
                : CompletableFuture.completedFuture(before));
  }

  private CompletableFuture<Session.Batch> deleteRest(String name, List<Op> partitions) {
    List<String> paths =
        List.of(
            TopicZNode.partitionsPath(name),
            TopicZNode.path(name),
            ConfigZNode.topicPath(name),
            DeleteTopicZNode.path(name));
    return session
        .read(paths.stream().map(Op::getChildren).toList())
        .thenCompose(
            results -> {
              List<Op> ops = new ArrayList<>(partitions);
              for (int i = 0; i < paths.size(); i++) {
                if (results.get(i) instanceof OpResult.GetChildrenResult) {
                  ops.add(Op.delete(paths.get(i), -1));
                }
              }
              return writer.write(true, ops);
            });
  }
}
