package io.ottla.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.partition.FollowedPartition;
import io.ottla.log.batch.BatchBuilder;
import java.nio.file.Path;
import org.apache.kafka.common.message.FetchRequestData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchSessionTest {
  @TempDir private Path directory;
  private FollowedPartition followed;
  private FetchedPartition fetched;
  private final FetchSession session = new FetchSession(1000);

  @BeforeEach
  void start() {
    followed = new FollowedPartition(directory, 3);
    fetched = new FetchedPartition(followed.partition(), 3, 1_000_000);
    session.add(fetched);
  }

  @AfterEach
  void stop() {
    followed.close();
  }

  private FetchRequestData request() {
    FetchRequestData request = new FetchRequestData();
    session.fill(request);
    return request;
  }

  @Test
  void listsEverythingFirstAndThenOnlyWhatMoved() throws Exception {
    FetchRequestData first = request();
    assertThat(first.sessionId()).isZero();
    assertThat(first.sessionEpoch()).isZero();
    assertThat(first.topics().get(0).partitions().get(0).currentLeaderEpoch()).isEqualTo(3);
    session.answered(77);
    session.changed(fetched);
    FetchRequestData second = request();
    assertThat(second.sessionId()).isEqualTo(77);
    assertThat(second.sessionEpoch()).isEqualTo(1);
    assertThat(second.topics()).as("nothing moved").isEmpty();
    session.answered(77);
    followed
        .partition()
        .appendFetched(
            3, 0, new BatchBuilder().leaderEpoch(3).add(1L, null, new byte[1]).build(), 0, 0);
    session.changed(fetched);
    FetchRequestData third = request();
    assertThat(third.sessionEpoch()).isEqualTo(2);
    assertThat(third.topics().get(0).partitions().get(0).fetchOffset()).isEqualTo(1);
    assertThat(third.topics().get(0).partitions().get(0).lastFetchedEpoch()).isEqualTo(3);
  }

  @Test
  void forgetsWhatIsNotFetchedAnyMore() {
    request();
    session.answered(77);
    session.remove(fetched);
    FetchRequestData next = request();
    assertThat(next.forgottenTopicsData().get(0).partitions()).containsExactly(0);
    assertThat(session.isEmpty()).isTrue();
    session.answered(77);
    assertThat(request().forgottenTopicsData()).isEmpty();
  }

  @Test
  void startsAnewWhenTheLeaderMayBelieveSomethingKnownThatIsNot() {
    request();
    session.answered(77);
    session.remove(fetched);
    session.add(fetched);
    FetchRequestData next = request();
    assertThat(next.sessionId()).isZero();
    assertThat(next.sessionEpoch()).isZero();
    assertThat(next.topics()).hasSize(1);
    session.answered(78);
    session.restart();
    assertThat(request().topics()).hasSize(1);
    assertThat(request().sessionId()).isZero();
  }

  @Test
  void dropsWhatDoesNotFollowInThatEpochAnyMore() {
    followed.followInEpoch(4);
    assertThat(request().topics()).isEmpty();
    assertThat(session.isEmpty()).isTrue();
  }

  @Test
  void withoutASessionEverythingIsListedEachTime() {
    request();
    session.answered(0);
    assertThat(request().topics()).hasSize(1);
  }
}
