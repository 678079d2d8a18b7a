package io.ottla.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.EpochEnd;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncationPlannerTest {
  /** The leader's answer; the own answer for that epoch; the own end; where to cut. */
  @ParameterizedTest
  @CsvSource({
    "3, 40,   3, 60,  60,  40", // the same epoch, the leader has less of it
    "3, 60,   3, 40,  80,  40", // the same epoch, the own log went on in a later one
    "3, 60,   3, 60,  60,  60", // only an epoch without records is too much
    "3, 40,   1, 25,  60,  25", // the epoch is not known here: back to the older one, ask again
    "3, 40,  -1, -1,  60,  40", // nothing older is known here
    "3, 90,  -1, -1,  60,  60", // never beyond the own end
    "3, 90,   2, 70,  60,  60",
  })
  void cutsWhereTheLogsPart(
      int epoch, long end, int ownEpoch, long ownEnd, long logEnd, long expected) {
    assertThat(
            TruncationPlanner.target(
                new EpochEnd(epoch, end), new EpochEnd(ownEpoch, ownEnd), logEnd))
        .isEqualTo(expected);
  }
}
