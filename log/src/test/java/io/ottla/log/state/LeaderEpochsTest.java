package io.ottla.log.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.log.EpochEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaderEpochsTest {
  @TempDir Path directory;
  private LeaderEpochs epochs;

  @BeforeEach
  void threeEpochs() throws IOException {
    epochs = new LeaderEpochs(directory);
    epochs.assign(2, 10, false);
    epochs.assign(4, 20, false);
    epochs.assign(7, 50, false);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, -1, -1",
    "0, 0, 10",
    "1, 1, 10",
    "2, 2, 20",
    "3, 2, 20",
    "4, 4, 50",
    "5, 4, 50",
    "6, 4, 50",
    "7, 7, 80",
    "8, -1, -1"
  })
  void endOfAnEpochInALogThatEndsAt80(int epoch, int answerEpoch, long answerOffset) {
    assertThat(epochs.endOffset(epoch, 80)).isEqualTo(new EpochEnd(answerEpoch, answerOffset));
  }

  @Test
  void survivesARestartInKafkasForm() throws IOException {
    assertThat(Files.readString(directory.resolve("leader-epoch-checkpoint")))
        .isEqualTo("0\n3\n2 10\n4 20\n7 50\n");
    LeaderEpochs again = new LeaderEpochs(directory);
    again.load();
    assertThat(again.toString()).isEqualTo(epochs.toString());
    assertThat(again.startOffset(4)).isEqualTo(20);
    assertThat(again.startOffset(3)).isEqualTo(-1);
  }

  @Test
  void repeatingTheNewestChangesNothingAndAnOlderOneIsRefused() throws IOException {
    epochs.assign(7, 60, false);
    assertThat(epochs.startOffset(7)).isEqualTo(50);
    assertThatThrownBy(() -> epochs.assign(6, 90, false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("6")
        .hasMessageContaining("7");
  }

  @Test
  void anEpochWithoutRecordsGivesWayToTheNext() throws IOException {
    epochs.assign(9, 50, false);
    assertThat(epochs.startOffset(7)).isEqualTo(-1);
    assertThat(epochs.endOffset(7, 80)).isEqualTo(new EpochEnd(4, 50));
  }

  @Test
  void truncationAtTheEndDropsEpochsThatStartThere() throws IOException {
    epochs.truncateFromEnd(50);
    assertThat(epochs.latest()).isEqualTo(4);
    epochs.truncateFromEnd(15);
    assertThat(epochs.latest()).isEqualTo(2);
  }

  @Test
  void truncationAtTheStartKeepsTheEpochOfTheFirstRecord() throws IOException {
    epochs.truncateFromStart(30);
    assertThat(epochs.startOffset(2)).isEqualTo(-1);
    assertThat(epochs.startOffset(4)).isEqualTo(30);
    assertThat(epochs.endOffset(4, 80)).isEqualTo(new EpochEnd(4, 50));
  }

  @Test
  void aDeferredEntryIsWrittenLater() throws IOException {
    epochs.assign(8, 60, true);
    assertThat(Files.readString(directory.resolve("leader-epoch-checkpoint")))
        .doesNotContain("8 60");
    epochs.write();
    assertThat(Files.readString(directory.resolve("leader-epoch-checkpoint"))).contains("8 60");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "1\n0\n",
        "0\n2\n1 1\n",
        "0\n1\n1 x\n",
        "0\n2\n2 5\n1 9\n",
        "0\n2\n1 5\n2 5\n",
        "0\n1\n1 2 3\n",
        "0\nx\n"
      })
  void whatCannotBeParsedIsNotReadAsEmpty(String content) throws IOException {
    Files.writeString(directory.resolve("leader-epoch-checkpoint"), content);
    assertThatThrownBy(() -> new LeaderEpochs(directory).load())
        .isInstanceOf(CorruptCheckpointException.class)
        .hasMessageContaining("leader-epoch-checkpoint");
  }
}
