package io.ottla.core.state;

import io.ottla.coordination.group.Effects;
import io.ottla.coordination.group.GroupRecord;
import io.ottla.coordination.group.GroupRecordCodec;
import io.ottla.coordination.group.GroupShard;
import io.ottla.coordination.group.Now;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.Errors;

/** The groups of one partition of {@code __consumer_offsets} as a {@link ReplicatedState}. */
public final class GroupsState implements ReplicatedState<GroupRecord> {
  private final GroupShard groups;
  private final ShardClock clock;

  public GroupsState(GroupShard groups, ShardClock clock) {
    this.groups = groups;
    this.clock = clock;
  }

  /** Runs an operation of the groups at the current time. */
  public Step<GroupRecord> run(BiFunction<GroupShard, Now, Effects> operation) {
    return new GroupStep(operation.apply(groups, now()));
  }

  private Now now() {
    return new Now(clock.monotonicMs(), clock.wallMs());
  }

  @Override
  public Optional<GroupRecord> decode(ByteBuffer key, ByteBuffer valueOrNull) {
    return GroupRecordCodec.decode(key, valueOrNull);
  }

  @Override
  public byte[] key(GroupRecord record) {
    return GroupRecordCodec.key(record);
  }

  @Override
  public byte[] value(GroupRecord record) {
    return GroupRecordCodec.value(record);
  }

  @Override
  public void replay(GroupRecord record) {
    groups.replay(record);
  }

  @Override
  public void loaded() {
    groups.loaded(now());
  }

  @Override
  public long nextDeadlineMs() {
    return groups.nextDeadlineMs();
  }

  @Override
  public Step<GroupRecord> onTimer() {
    return new GroupStep(groups.onTimer(now()));
  }

  @Override
  public Step<GroupRecord> unload(Errors error) {
    return new GroupStep(groups.unload(error));
  }

  @Override
  public List<GroupRecord> snapshot() {
    return groups.snapshot();
  }

  private final class GroupStep implements Step<GroupRecord> {
    private final Effects effects;

    GroupStep(Effects effects) {
      this.effects = effects;
    }

    @Override
    public List<GroupRecord> records() {
      return effects.records();
    }

    @Override
    public List<Runnable> immediate() {
      return effects.immediate();
    }

    @Override
    public List<Answer> afterCommit() {
      List<Answer> answers = new ArrayList<>(effects.afterCommit().size());
      for (Effects.Answer answer : effects.afterCommit()) {
        answers.add(
            new Answer() {
              @Override
              public void send() {
                answer.send();
              }

              @Override
              public void fail(Errors error) {
                answer.fail(error);
              }
            });
      }
      return answers;
    }

    @Override
    public boolean splittable() {
      return effects.splittable();
    }

    @Override
    public Step<GroupRecord> refused(Errors error) {
      return new GroupStep(effects.refused(error, now()));
    }
  }
}
