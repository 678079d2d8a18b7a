package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.controller.ControllerStore.StateChange;
import io.ottla.coordination.controller.ControllerStore.StatesResult;
import io.ottla.coordination.znode.PartitionStateZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs;

/** The controller's batches of partition states. Confined to the event thread. */
final class StateWriter {
  private final Session session;
  private final ImageKeeper keeper;
  private final FencedWriter writer;

  /**
   * Partitions whose node exists without a state, left by a foreign tool; emptied as they are
   * repaired.
   */
  private final Set<String> parentsThere = new HashSet<>();

  /** States that somebody deleted under a living topic; emptied as they are written anew. */
  private final Set<String> vanished = new HashSet<>();

  StateWriter(Session session, ImageKeeper keeper, FencedWriter writer) {
    this.session = session;
    this.keeper = keeper;
    this.writer = writer;
  }

  CompletableFuture<StatesResult> write(List<StateChange> changes) {
    List<Op> ops = new ArrayList<>(changes.size() * 2);
    List<StateChange> changeOf = new ArrayList<>(changes.size() * 2);
    for (StateChange change : changes) {
      addOps(change, ops);
      while (changeOf.size() < ops.size()) {
        changeOf.add(change);
      }
    }
    CompletableFuture<StatesResult> result = new CompletableFuture<>();
    Futures.onDone(
        writer.write(true, ops),
        (batch, error) -> {
          if (error != null) {
            result.completeExceptionally(error);
          } else if (batch.applied()) {
            written(changes, batch);
            result.complete(StatesResult.WRITTEN);
          } else {
            refused(changes, changeOf, batch, result);
          }
        });
    return result;
  }

  private void addOps(StateChange change, List<Op> ops) {
    TopicPartition partition = change.partition();
    String path = path(partition);
    byte[] data = PartitionStateZNode.encode(change.next());
    if (!creates(change)) {
      ops.add(Op.setData(path, data, change.expectedVersion()));
      return;
    }
    if (!parentsThere.contains(path)) {
      ops.add(create(PartitionStateZNode.parent(partition.topic(), partition.partition()), null));
    }
    ops.add(create(path, data));
  }

  private boolean creates(StateChange change) {
    return change.expectedVersion() < 0 || vanished.contains(path(change.partition()));
  }

  private void written(List<StateChange> changes, Session.Batch batch) {
    List<String> paths = new ArrayList<>(changes.size());
    long zxid = Long.MIN_VALUE;
    for (CuratorTransactionResult result : batch.results()) {
      if (result.getType() == OperationType.SET_DATA) {
        zxid = result.getResultStat().getMzxid();
        break;
      }
    }
    for (StateChange change : changes) {
      paths.add(path(change.partition()));
    }
    keeper.own(paths, zxid, image -> changes.forEach(change -> put(image, change)));
    paths.forEach(parentsThere::remove);
    paths.forEach(vanished::remove);
  }

  private void put(ClusterImage.Builder image, StateChange change) {
    TopicPartition partition = change.partition();
    int version = creates(change) ? 0 : change.expectedVersion() + 1;
    ImageDecoder.putState(image, partition.topic(), partition.partition(), change.next(), version);
  }

  /**
   * Finds the culprits, repairs what a foreign hand left behind, and refreshes the image for the
   * whole batch.
   */
  private void refused(
      List<StateChange> changes,
      List<StateChange> changeOf,
      Session.Batch batch,
      CompletableFuture<StatesResult> result) {
    Set<TopicPartition> conflicts = new LinkedHashSet<>();
    List<CompletableFuture<Void>> repairs = new ArrayList<>();
    for (int i = 0; i < changeOf.size(); i++) {
      Code error = batch.error(i);
      if (error == Code.BADVERSION || error == Code.NODEEXISTS || error == Code.NONODE) {
        StateChange change = changeOf.get(i);
        conflicts.add(change.partition());
        repair(change, i, changeOf, error, repairs);
      }
    }
    if (conflicts.isEmpty()) {
      result.completeExceptionally(
          new UnknownServerException("ZooKeeper refused partition states: " + batch.code()));
      return;
    }
    Set<ClusterPath> paths = new LinkedHashSet<>();
    conflicts.forEach(p -> paths.add(ClusterPath.parse(TopicZNode.path(p.topic()))));
    changes.forEach(c -> paths.add(ClusterPath.parse(path(c.partition()))));
    CompletableFuture<Void> repaired =
        CompletableFuture.allOf(repairs.toArray(CompletableFuture<?>[]::new));
    Futures.onDone(
        repaired.thenCompose(v -> keeper.refresh(List.copyOf(paths))),
        (done, error) -> {
          if (error != null && Session.isLost(error)) {
            keeper.afterNextLoad(() -> result.complete(new StatesResult(conflicts)));
          } else if (error != null) {
            result.completeExceptionally(error);
          } else {
            result.complete(new StatesResult(conflicts));
          }
        });
  }

  private void repair(
      StateChange change,
      int index,
      List<StateChange> changeOf,
      Code error,
      List<CompletableFuture<Void>> repairs) {
    TopicPartition partition = change.partition();
    String parent = PartitionStateZNode.parent(partition.topic(), partition.partition());
    boolean firstOp = index == 0 || !changeOf.get(index - 1).partition().equals(partition);
    if (error == Code.NODEEXISTS && firstOp) {
      parentsThere.add(path(partition));
    } else if (error == Code.NONODE && !creates(change)) {
      vanished.add(path(partition));
    } else if (error == Code.NONODE) {
      parentsThere.remove(path(partition));
      repairs.add(tolerant(TopicZNode.partitionsPath(partition.topic())));
    }
    if (error == Code.NONODE && vanished.contains(path(partition))) {
      parentsThere.add(path(partition));
      repairs.add(tolerant(parent));
    }
  }

  /** Creates a node that may be there already, or whose topic may be gone. */
  private CompletableFuture<Void> tolerant(String path) {
    return ImageLoad.ignoring(
        Code.NONODE,
        ImageLoad.ignoring(Code.NODEEXISTS, session.create(path, null, CreateMode.PERSISTENT)));
  }

  private static Op create(String path, byte[] data) {
    return Op.create(path, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }

  private static String path(TopicPartition partition) {
    return PartitionStateZNode.path(partition.topic(), partition.partition());
  }
}
