package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.znode.BrokerZNode;
import io.ottla.coordination.znode.ClusterIdZNode;
import io.ottla.coordination.znode.ConfigZNode;
import io.ottla.coordination.znode.ControllerEpochZNode;
import io.ottla.coordination.znode.ControllerZNode;
import io.ottla.coordination.znode.DeleteTopicZNode;
import io.ottla.coordination.znode.PartitionStateZNode;
import io.ottla.coordination.znode.Roots;
import io.ottla.coordination.znode.TopicZNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One complete reading of the tree. The number of partitions is known from the topics, so that
 * states are read by name, in batches, and no directory below a topic is listed. Confined to the
 * event thread.
 */
final class ImageLoad {
  private static final Logger LOG = LoggerFactory.getLogger(ImageLoad.class);
  private static final List<String> LISTED =
      List.of(
          BrokerZNode.PARENT,
          TopicZNode.PARENT,
          ConfigZNode.TOPICS,
          ConfigZNode.BROKERS,
          DeleteTopicZNode.PARENT);

  private final Session session;
  private final TreeReader reader;
  private final Map<ClusterPath, Session.Node> nodes = new LinkedHashMap<>();
  private String clusterId = "";
  private int controllerId = -1;
  private int controllerEpoch;

  ImageLoad(Session session) {
    this.session = session;
    this.reader = new TreeReader(session);
  }

  String clusterId() {
    return clusterId;
  }

  int controllerId() {
    return controllerId;
  }

  int controllerEpoch() {
    return controllerEpoch;
  }

  /** Everything found, in an order in which it can be applied. */
  Map<ClusterPath, Session.Node> nodes() {
    return nodes;
  }

  /**
   * Reads the tree.
   *
   * @param newSession make sure of the roots and set the watches first
   */
  CompletableFuture<Void> run(boolean newSession) {
    CompletableFuture<Void> prepared = CompletableFuture.completedFuture(null);
    if (newSession) {
      for (String root : Roots.PERSISTENT) {
        prepared =
            both(
                prepared,
                ignoring(Code.NODEEXISTS, session.create(root, null, CreateMode.PERSISTENT)));
      }
      for (String watched : Roots.WATCHED) {
        prepared = both(prepared, session.watchRecursively(watched));
      }
    }
    // All of this is on its way already, in this order, when the first read is sent.
    return both(prepared, session.sync())
        .thenCompose(v -> readClusterId())
        .thenCompose(v -> readTop());
  }

  private CompletableFuture<Void> readClusterId() {
    CompletableFuture<Void> result = new CompletableFuture<>();
    Futures.onDone(
        session.getData(ClusterIdZNode.PATH),
        (node, error) -> {
          if (error == null) {
            try {
              clusterId = ClusterIdZNode.decode(node.data());
              result.complete(null);
            } catch (IllegalArgumentException e) {
              result.completeExceptionally(e);
            }
          } else if (Session.code(error) == Code.NONODE) {
            byte[] fresh = ClusterIdZNode.encode(Uuid.randomUuid().toString());
            Futures.forward(
                ignoring(
                        Code.NODEEXISTS,
                        session.create(ClusterIdZNode.PATH, fresh, CreateMode.PERSISTENT))
                    .thenCompose(v -> readClusterId()),
                result);
          } else {
            result.completeExceptionally(error);
          }
        });
    return result;
  }

  private CompletableFuture<Void> readTop() {
    List<Op> reads = new ArrayList<>();
    reads.add(Op.getData(ControllerZNode.PATH));
    reads.add(Op.getData(ControllerEpochZNode.PATH));
    for (String parent : LISTED) {
      reads.add(Op.getChildren(parent));
    }
    return session.read(reads).thenCompose(this::onTop);
  }

  private CompletableFuture<Void> onTop(List<OpResult> results) {
    List<ClusterPath> paths = new ArrayList<>();
    try {
      Session.Node controller = TreeReader.node(results.get(0));
      controllerId = controller == null ? -1 : ControllerZNode.decode(controller.data());
      Session.Node epoch = TreeReader.node(results.get(1));
      controllerEpoch = epoch == null ? 0 : ControllerEpochZNode.decode(epoch.data());
    } catch (KeeperException e) {
      return CompletableFuture.failedFuture(e);
    }
    for (int i = 0; i < LISTED.size(); i++) {
      if (results.get(i + 2) instanceof OpResult.GetChildrenResult children) {
        for (String child : children.getChildren()) {
          ClusterPath path = ClusterPath.parse(LISTED.get(i) + "/" + child);
          if (path != null) {
            paths.add(path);
          }
        }
      } else {
        return CompletableFuture.failedFuture(KeeperException.create(Code.NONODE, LISTED.get(i)));
      }
    }
    paths.sort(java.util.Comparator.comparing(ClusterPath::kind));
    return reader.read(paths, this::keep).thenCompose(v -> readStates());
  }

  private CompletableFuture<Void> readStates() {
    List<ClusterPath> states = new ArrayList<>();
    for (Map.Entry<ClusterPath, Session.Node> entry : List.copyOf(nodes.entrySet())) {
      if (entry.getKey().kind() == ClusterPath.Kind.TOPIC) {
        String topic = entry.getKey().name();
        try {
          for (PartitionImage partition :
              TopicZNode.decode(topic, entry.getValue().data()).partitions()) {
            states.add(ClusterPath.parse(PartitionStateZNode.path(topic, partition.partition())));
          }
        } catch (IllegalArgumentException e) {
          LOG.error("{}; the topic is left out", e.getMessage(), e);
          nodes.remove(entry.getKey());
        }
      }
    }
    return reader.read(states, this::keep);
  }

  private void keep(List<ClusterPath> paths, List<Session.Node> found) {
    for (int i = 0; i < paths.size(); i++) {
      if (found.get(i) != null) {
        nodes.put(paths.get(i), found.get(i));
      }
    }
  }

  private static CompletableFuture<Void> both(
      CompletableFuture<Void> first, CompletableFuture<Void> second) {
    return first.thenCombine(second, (a, b) -> null);
  }

  static <T> CompletableFuture<Void> ignoring(Code code, CompletableFuture<T> future) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    Futures.onDone(
        future,
        (value, error) -> {
          if (error == null || Session.code(error) == code) {
            result.complete(null);
          } else {
            result.completeExceptionally(error);
          }
        });
    return result;
  }
}
