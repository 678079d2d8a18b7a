package io.ottla.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Skeleton of the signatures. */
public final class LogDirectory implements AutoCloseable {
  private LogDirectory() {}

  public static LogDirectory open(Path dir, LogDirectoryOptions options) {
    return Skeleton.later(LogDirectory.class);
  }

  public Path path() {
    return Skeleton.later(Path.class);
  }

  public boolean wasCleanShutdown() {
    return Skeleton.later(Boolean.class);
  }

  public long cleanShutdownBrokerEpoch() {
    return Skeleton.later(Long.class);
  }

  public boolean lossy() {
    return Skeleton.later(Boolean.class);
  }

  public void acknowledgeLoss() {
    Skeleton.later(Void.class);
  }

  public Optional<IOException> failure() {
    Skeleton.later(Void.class);
    return Optional.empty();
  }

  public List<String> logNames() {
    Skeleton.later(Void.class);
    return List.of();
  }

  public void loadAll(Function<String, LogConfig> configs) throws IOException {
    Skeleton.later(Void.class);
  }

  public PartitionLog openOrCreate(String name, LogConfig config) throws IOException {
    return Skeleton.later(PartitionLog.class);
  }

  public Optional<PartitionLog> get(String name) {
    Skeleton.later(Void.class);
    return Optional.empty();
  }

  public void delete(PartitionLog log) {
    Skeleton.later(Void.class);
  }

  public OptionalLong checkpointedHighWatermark(String name) {
    return Skeleton.later(OptionalLong.class);
  }

  public void writeHighWatermarks(Map<String, Long> offsetsByName) {
    Skeleton.later(Void.class);
  }

  public void checkpointRecoveryPoints() {
    Skeleton.later(Void.class);
  }

  public void checkpointStartOffsets() {
    Skeleton.later(Void.class);
  }

  public int deleteExpiredFiles(long nowMs) {
    return Skeleton.later(Integer.class);
  }

  public boolean recoveredUncleanly(String name) {
    return Skeleton.later(Boolean.class);
  }

  public void close(long brokerEpoch) {
    Skeleton.later(Void.class);
  }

  public void closeUncleanly() {
    Skeleton.later(Void.class);
  }

  @Override
  public void close() {
    Skeleton.later(Void.class);
  }
}
