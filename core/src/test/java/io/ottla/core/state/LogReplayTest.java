package io.ottla.core.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.group.CommittedOffset;
import io.ottla.coordination.group.GroupConfig;
import io.ottla.coordination.group.GroupRecord;
import io.ottla.coordination.group.GroupRecordCodec;
import io.ottla.coordination.group.GroupShard;
import io.ottla.core.waiting.TimerDeadlines;
import io.ottla.log.batch.BatchBuilder;
import io.ottla.log.batch.Codec;
import io.ottla.log.batch.EndTransactionMarker;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogReplayTest {
  private final TimerDeadlines deadlines = new TimerDeadlines();
  private final FakeStateLog log = new FakeStateLog(1);
  private final GroupsState state =
      new GroupsState(
          new GroupShard(GroupConfig.defaults(), () -> "u"),
          new ShardClock(deadlines, Clock.systemUTC()));

  @AfterEach
  void stop() {
    deadlines.close();
  }

  private static GroupRecord offset(int partition, long offset) {
    return new GroupRecord.Offset("g", "t", partition, new CommittedOffset(offset, -1, "", 1, -1));
  }

  private static BatchBuilder batch(GroupRecord record) {
    return new BatchBuilder().add(1, GroupRecordCodec.key(record), GroupRecordCodec.value(record));
  }

  @Test
  void transactionsCountFromTheirMarker() {
    log.append(batch(offset(0, 1)).build());
    log.append(batch(offset(0, 2)).producer(7, (short) 0, 0).transactional(true).build());
    log.append(batch(offset(1, 3)).producer(8, (short) 0, 0).transactional(true).build());
    log.append(batch(offset(2, 4)).producer(9, (short) 0, 0).transactional(true).build());
    log.append(new EndTransactionMarker(true, 0).toBatch(7, (short) 0, 1));
    log.append(new EndTransactionMarker(false, 0).toBatch(8, (short) 0, 1));
    assertThat(new LogReplay<>(log, state, 100).run(() -> false)).isEqualTo(6);
    assertThat(state.snapshot()).containsExactly(offset(0, 2));
  }

  @Test
  void compressedUnknownAndBrokenRecordsAreRead() {
    log.append(batch(offset(0, 1)).codec(Codec.GZIP).build());
    log.append(new BatchBuilder().add(1, new byte[] {0, 9, 1}, new byte[] {1}).build());
    log.append(new BatchBuilder().add(1, new byte[] {0, 1, 5}, new byte[] {1}).build());
    log.append(batch(offset(1, 2)).build());
    assertThat(new LogReplay<>(log, state, 100).run(() -> false)).isEqualTo(4);
    assertThat(state.snapshot()).containsExactly(offset(0, 1), offset(1, 2));
  }

  @Test
  void stopsWhenCancelled() {
    log.append(batch(offset(0, 1)).build());
    assertThat(new LogReplay<>(log, state, 100).run(() -> true)).isEqualTo(-1);
  }
}
