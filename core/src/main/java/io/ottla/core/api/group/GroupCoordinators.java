package io.ottla.core.api.group;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.group.GroupConfig;
import io.ottla.coordination.group.GroupRecord;
import io.ottla.coordination.group.GroupShard;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.core.api.topics.TopicCreation;
import io.ottla.core.config.GroupSettings;
import io.ottla.core.partition.LeadershipListener;
import io.ottla.core.state.GroupsState;
import io.ottla.core.state.ShardClock;
import io.ottla.core.state.StateShards;
import io.ottla.core.waiting.Deadlines;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The group coordinator of one broker, put together: its shards, to be told of leadership before
 * the first image, and its handlers. Closed before the partitions and the timer.
 */
public final class GroupCoordinators implements AutoCloseable {
  private final StateShards<GroupsState, GroupRecord> shards;
  private final Supplier<ClusterImage> image;

  /**
   * @param threads number of {@code coordinator-N} threads
   * @param loader reads logs; may block
   */
  public GroupCoordinators(
      int brokerId,
      GroupSettings settings,
      int threads,
      Supplier<ClusterImage> image,
      Deadlines deadlines,
      Clock wall,
      Executor loader) {
    this.image = image;
    ShardClock clock = new ShardClock(deadlines, wall);
    GroupConfig config = config(settings);
    StateShards.Settings shardSettings =
        StateShards.Settings.of(InternalTopics.CONSUMER_OFFSETS, threads)
            .withLoadChunkBytes(settings.loadBufferBytes())
            .withCommitTimeout(Duration.ofMillis(settings.commitTimeoutMs()));
    this.shards =
        new StateShards<>(
            shardSettings,
            () ->
                new GroupsState(new GroupShard(config, () -> UUID.randomUUID().toString()), clock),
            partition -> GroupRouter.leads(image.get(), brokerId, partition),
            deadlines,
            clock,
            loader);
  }

  private static GroupConfig config(GroupSettings settings) {
    return GroupConfig.defaults()
        .withSessionTimeouts(settings.minSessionTimeoutMs(), settings.maxSessionTimeoutMs())
        .withInitialRebalanceDelayMs(settings.initialRebalanceDelayMs())
        .withMaxGroupSize(settings.maxSize())
        .withOffsets(
            settings.offsetMetadataMaxBytes(),
            settings.offsetsRetention().toMillis(),
            settings.offsetsRetentionCheckInterval().toMillis());
  }

  /** To be added to the partitions before the first image. */
  public LeadershipListener leadership() {
    return shards;
  }

  /** One handler per key of the classic protocol, offsets and group administration. */
  public List<ApiHandler<?>> handlers(ClientEndpoints endpoints, TopicCreation creation) {
    GroupRouter router = new GroupRouter(shards, image);
    return List.of(
        new FindCoordinatorHandler(image, endpoints, creation),
        new JoinGroupHandler(router),
        new SyncGroupHandler(router),
        new HeartbeatHandler(router),
        new LeaveGroupHandler(router),
        new OffsetCommitHandler(router, image),
        new OffsetFetchHandler(router, image),
        new OffsetDeleteHandler(router),
        new ListGroupsHandler(router),
        new DescribeGroupsHandler(router),
        new DeleteGroupsHandler(router));
  }

  @Override
  public void close() {
    shards.close();
  }
}
