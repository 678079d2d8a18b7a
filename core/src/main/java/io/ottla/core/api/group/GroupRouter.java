package io.ottla.core.api.group;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.coordination.group.Effects;
import io.ottla.coordination.group.GroupRecord;
import io.ottla.coordination.group.GroupShard;
import io.ottla.coordination.group.Now;
import io.ottla.coordination.group.Reply;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.state.GroupsState;
import io.ottla.core.state.StateShards;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/** Brings an operation to the shard of its group. Thread safe. */
public final class GroupRouter {
  /** An operation on the shard's thread; the reply goes with it. */
  @FunctionalInterface
  public interface Operation<T> {
    Effects run(GroupShard groups, Now now, Reply<T> reply);
  }

  private final StateShards<GroupsState, GroupRecord> shards;
  private final Supplier<ClusterImage> image;

  public GroupRouter(StateShards<GroupsState, GroupRecord> shards, Supplier<ClusterImage> image) {
    this.shards = shards;
    this.image = image;
  }

  /** Kafka's rule: every client and broker must come to the same partition. */
  public static int partitionOf(String groupId, int partitions) {
    int hash = groupId.hashCode();
    return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitions;
  }

  /** Whether the image says that this broker leads the partition of the offsets topic. */
  public static boolean leads(ClusterImage image, int brokerId, int partition) {
    PartitionImage found = image.partition(InternalTopics.CONSUMER_OFFSETS, partition);
    return found != null && found.state() != null && found.state().leader() == brokerId;
  }

  /** Runs the operation; {@code reply} is failed when there is no coordinator of the group here. */
  public <T> void submit(String groupId, Reply<T> reply, Operation<T> operation) {
    TopicImage topic = image.get().topic(InternalTopics.CONSUMER_OFFSETS);
    if (topic == null || topic.partitions().isEmpty()) {
      reply.fail(Errors.NOT_COORDINATOR);
      return;
    }
    submit(partitionOf(groupId, topic.partitions().size()), reply, operation);
  }

  private <T> void submit(int partition, Reply<T> reply, Operation<T> operation) {
    shards.submit(
        partition,
        state -> state.run((groups, now) -> operation.run(groups, now, reply)),
        reply::fail);
  }

  /** As {@link #submit}, with a future that never fails: an error becomes a value. */
  public <T> CompletableFuture<T> ask(
      String groupId, Function<Errors, T> onError, Operation<T> operation) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    submit(groupId, reply(answer, onError), operation);
    return answer;
  }

  /** The operation on every shard of this broker. */
  public <T> List<CompletableFuture<T>> askAll(
      Function<Errors, T> onError, Operation<T> operation) {
    return shards.partitions().stream()
        .map(
            partition -> {
              CompletableFuture<T> answer = new CompletableFuture<>();
              submit(partition, reply(answer, onError), operation);
              return answer;
            })
        .toList();
  }

  private static <T> Reply<T> reply(CompletableFuture<T> answer, Function<Errors, T> onError) {
    return new Reply<>() {
      @Override
      public void complete(T response) {
        answer.complete(response);
      }

      @Override
      public void fail(Errors error) {
        answer.complete(onError.apply(error));
      }
    };
  }
}
