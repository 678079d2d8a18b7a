package io.ottla.core.api;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ImageDelta;
import io.ottla.core.config.TopicConfigs;
import io.ottla.core.partition.FollowerListener;
import io.ottla.core.partition.Partitions;
import io.ottla.core.partition.ReadReplicaSelector;
import io.ottla.core.partition.TopicSettings;
import io.ottla.core.waiting.Deadlines;
import io.ottla.core.waiting.TimerDeadlines;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogDirectoryOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Broker 0's replicas of a fake cluster, in real log directories; everything on one thread. */
public final class HostedReplicas implements AutoCloseable {
  private final FakeCoordination coordination;
  private final Deadlines deadlines;
  private final List<LogDirectory> directories;
  private final Partitions partitions;
  private ClusterImage shown = ClusterImage.EMPTY;

  public HostedReplicas(FakeCoordination coordination, Path... paths) {
    this(coordination, new TimerDeadlines(), ReadReplicaSelector.LEADER, paths);
  }

  /**
   * Replicas whose time the test keeps.
   *
   * @param deadlines a TimerDeadlines is closed with this
   */
  public HostedReplicas(
      FakeCoordination coordination,
      Deadlines deadlines,
      ReadReplicaSelector selector,
      Path... paths) {
    this.coordination = coordination;
    this.deadlines = deadlines;
    TopicConfigs configs = TopicConfigs.defaults();
    directories =
        Stream.of(paths)
            .map(path -> LogDirectory.open(path, LogDirectoryOptions.defaults()))
            .toList();
    partitions =
        new Partitions(
            0,
            () -> 100,
            (partition, id, next, version) -> new CompletableFuture<>(),
            directories,
            new TopicSettings() {
              @Override
              public LogConfig logConfig(Map<String, String> overrides) {
                return configs.logConfig(overrides);
              }

              @Override
              public int minInsyncReplicas(Map<String, String> overrides) {
                return configs.minInsyncReplicas(overrides);
              }
            },
            deadlines,
            Runnable::run,
            30_000_000_000L,
            selector,
            FollowerListener.NONE);
    show();
  }

  /** Applies what changed in the cluster since the last time. */
  public void show() {
    ClusterImage before = shown;
    shown = coordination.image();
    partitions.onImage(before, shown, ImageDelta.between(before, shown));
  }

  public Partitions partitions() {
    return partitions;
  }

  public List<LogDirectory> directories() {
    return directories;
  }

  @Override
  public void close() {
    partitions.close();
    directories.forEach(directory -> directory.close(100));
    if (deadlines instanceof TimerDeadlines timer) {
      timer.close();
    }
  }
}
