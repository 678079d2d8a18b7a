package io.ottla.core.partition;

import java.nio.file.Path;
import org.apache.kafka.common.Uuid;

/** A real partition that follows broker 2, for tests of other packages. */
public final class FollowedPartition implements AutoCloseable {
  private final Uuid topicId = Uuid.randomUuid();
  private final TestBroker broker;
  private int version;

  public FollowedPartition(Path directory, int leaderEpoch) {
    broker = new TestBroker(directory);
    followInEpoch(leaderEpoch);
  }

  public Partition partition() {
    return broker.partition();
  }

  public void followInEpoch(int leaderEpoch) {
    broker.show(topicId, TestBroker.state(2, leaderEpoch, 1, 2), version++);
  }

  @Override
  public void close() {
    broker.close();
  }
}
