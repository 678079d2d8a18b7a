package io.ottla.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Skeleton of the signatures. */
public final class PartitionLog implements AutoCloseable {
  private PartitionLog() {}

  public String name() {
    return Skeleton.later(String.class);
  }

  public Path directory() {
    return Skeleton.later(Path.class);
  }

  public LogConfig config() {
    return Skeleton.later(LogConfig.class);
  }

  public void updateConfig(LogConfig config) {
    Skeleton.later(Void.class);
  }

  public Optional<String> topicId() {
    Skeleton.later(Void.class);
    return Optional.empty();
  }

  public void assignTopicId(String topicId) {
    Skeleton.later(Void.class);
  }

  public long startOffset() {
    return Skeleton.later(Long.class);
  }

  public long endOffset() {
    return Skeleton.later(Long.class);
  }

  public long recoveryPoint() {
    return Skeleton.later(Long.class);
  }

  public long sizeInBytes() {
    return Skeleton.later(Long.class);
  }

  public int segmentCount() {
    return Skeleton.later(Integer.class);
  }

  public int latestEpoch() {
    return Skeleton.later(Integer.class);
  }

  public long startOffsetOfEpoch(int epoch) {
    return Skeleton.later(Long.class);
  }

  public void assignEpoch(int epoch, long startOffset) {
    Skeleton.later(Void.class);
  }

  public EpochEnd endOffsetFor(int epoch) {
    return Skeleton.later(EpochEnd.class);
  }

  public ValidatedBatch validate(ByteBuffer records, long nowMs) throws BatchRejectedException {
    return Skeleton.later(ValidatedBatch.class);
  }

  public AppendResult append(ValidatedBatch batch, int leaderEpoch) throws BatchRejectedException {
    return Skeleton.later(AppendResult.class);
  }

  public AppendResult appendInternal(ByteBuffer records, int leaderEpoch)
      throws BatchRejectedException {
    return Skeleton.later(AppendResult.class);
  }

  public FollowerAppend appendAsFollower(ByteBuffer records) throws BatchRejectedException {
    return Skeleton.later(FollowerAppend.class);
  }

  public LogSlice read(long offset, int maxBytes, long endExclusive, boolean atLeastOneBatch) {
    return Skeleton.later(LogSlice.class);
  }

  public Optional<TimestampOffset> offsetForTimestamp(long timestampMs, long endExclusive) {
    Skeleton.later(Void.class);
    return Optional.empty();
  }

  public Optional<TimestampOffset> offsetOfMaxTimestamp(long endExclusive) {
    Skeleton.later(Void.class);
    return Optional.empty();
  }

  public void truncateTo(long offset) {
    Skeleton.later(Void.class);
  }

  public void truncateFullyAndStartAt(long offset) {
    Skeleton.later(Void.class);
  }

  public boolean advanceStartOffset(long offset) {
    return Skeleton.later(Boolean.class);
  }

  public RetentionResult applyRetention(long nowMs, long highWatermark) {
    return Skeleton.later(RetentionResult.class);
  }

  public void rollIfDue(long nowMs) {
    Skeleton.later(Void.class);
  }

  public void flush() throws IOException {
    Skeleton.later(Void.class);
  }

  public void flushIfDue(long nowMs) throws IOException {
    Skeleton.later(Void.class);
  }

  public List<ProducerStateView> activeProducers() {
    Skeleton.later(Void.class);
    return List.of();
  }

  public int producerCount() {
    return Skeleton.later(Integer.class);
  }

  public void expireProducers(long nowMs) {
    Skeleton.later(Void.class);
  }

  @Override
  public void close() {
    Skeleton.later(Void.class);
  }
}
