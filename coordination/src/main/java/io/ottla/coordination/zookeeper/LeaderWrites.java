package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.coordination.cluster.StateWrite;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.znode.PartitionStateZNode;
import io.ottla.coordination.znode.ProducerIdBlockZNode;
import io.ottla.coordination.znode.TopicZNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;

/**
 * The writes of brokers that are not about office: a leader's ISR and blocks of producer ids. Each
 * is a compare-and-set on a znode version; a lost answer is cleared up by looking. Confined to the
 * event thread.
 */
final class LeaderWrites {
  private final int brokerId;
  private final Session session;
  private final ImageKeeper keeper;

  LeaderWrites(int brokerId, Session session, ImageKeeper keeper) {
    this.brokerId = brokerId;
    this.session = session;
    this.keeper = keeper;
  }

  void writeState(
      TopicPartition partition,
      Uuid topicId,
      PartitionState next,
      int expectedVersion,
      CompletableFuture<StateWrite> result) {
    if (keeper.image().topic(topicId) == null) {
      result.complete(new StateWrite.Gone());
      return;
    }
    String path = PartitionStateZNode.path(partition.topic(), partition.partition());
    Futures.onDone(
        session.setData(path, PartitionStateZNode.encode(next), expectedVersion),
        (stat, error) -> {
          if (error == null) {
            written(partition, topicId, next, path, stat, result);
          } else if (Session.isLost(error)) {
            keeper.afterNextLoad(
                () -> resolveLost(partition, topicId, next, expectedVersion, result));
          } else if (Session.code(error) == Code.BADVERSION) {
            List<ClusterPath> paths =
                List.of(
                    ClusterPath.parse(TopicZNode.path(partition.topic())), ClusterPath.parse(path));
            Futures.onDone(
                keeper.refresh(paths),
                (v, failed) -> {
                  if (failed != null && Session.isLost(failed)) {
                    keeper.afterNextLoad(
                        () -> resolve(partition, topicId, next, expectedVersion, result));
                  } else {
                    resolve(partition, topicId, next, expectedVersion, result);
                  }
                });
          } else if (Session.code(error) == Code.NONODE) {
            result.complete(new StateWrite.Gone());
          } else {
            result.completeExceptionally(error);
          }
        });
  }

  private void written(
      TopicPartition partition,
      Uuid topicId,
      PartitionState next,
      String path,
      Stat stat,
      CompletableFuture<StateWrite> result) {
    keeper.own(
        List.of(path),
        stat.getMzxid(),
        image -> {
          TopicImage topic = image.currentTopic(partition.topic());
          if (topic != null && topic.id().equals(topicId)) {
            ImageDecoder.putState(
                image, partition.topic(), partition.partition(), next, stat.getVersion());
          }
        });
    result.complete(new StateWrite.Written(stat.getVersion()));
  }

  private void resolveLost(
      TopicPartition partition,
      Uuid topicId,
      PartitionState next,
      int expectedVersion,
      CompletableFuture<StateWrite> result) {
    PartitionImage current = current(partition, topicId);
    if (current != null && current.version() == expectedVersion) {
      writeState(partition, topicId, next, expectedVersion, result); // it did not arrive
    } else {
      resolve(partition, topicId, next, expectedVersion, result);
    }
  }

  private void resolve(
      TopicPartition partition,
      Uuid topicId,
      PartitionState next,
      int expectedVersion,
      CompletableFuture<StateWrite> result) {
    PartitionImage current = current(partition, topicId);
    if (current == null || current.state() == null) {
      result.complete(new StateWrite.Gone());
    } else if (current.version() == expectedVersion + 1 && current.state().equals(next)) {
      result.complete(new StateWrite.Written(current.version()));
    } else {
      result.complete(new StateWrite.Conflict(current.state(), current.version()));
    }
  }

  private PartitionImage current(TopicPartition partition, Uuid topicId) {
    TopicImage topic = keeper.image().topic(topicId);
    return topic == null ? null : topic.partition(partition.partition());
  }

  /** Reserves the next block. A block whose answer is lost is never used; ids are plenty. */
  void allocateProducerIds(CompletableFuture<ProducerIdBlock> result) {
    Futures.onDone(
        session.getData(ProducerIdBlockZNode.PATH),
        (node, error) -> {
          if (error != null) {
            retryLost(error, result);
            return;
          }
          ProducerIdBlock block;
          try {
            block =
                new ProducerIdBlock(ProducerIdBlockZNode.nextId(node.data()), ProducerIdBlock.SIZE);
          } catch (IllegalArgumentException e) {
            result.completeExceptionally(e);
            return;
          }
          Futures.onDone(
              session.setData(
                  ProducerIdBlockZNode.PATH,
                  ProducerIdBlockZNode.encode(brokerId, block),
                  node.stat().getVersion()),
              (stat, failed) -> {
                if (failed == null) {
                  result.complete(block);
                } else if (Session.code(failed) == Code.BADVERSION) {
                  allocateProducerIds(result);
                } else {
                  retryLost(failed, result);
                }
              });
        });
  }

  private void retryLost(Throwable error, CompletableFuture<ProducerIdBlock> result) {
    if (Session.isLost(error)) {
      keeper.afterNextLoad(() -> allocateProducerIds(result));
    } else {
      result.completeExceptionally(error);
    }
  }
}
