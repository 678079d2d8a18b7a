package io.ottla.log.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.log.maintenance.RetentionPlan.Candidate;
import io.ottla.log.maintenance.RetentionPlan.Limits;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetentionPlanTest {
  /** Four segments of 100 bytes, 10 offsets each, newest records at 1000, 2000, 3000, 4000. */
  private static final List<Candidate> LOG =
      List.of(
          new Candidate(10, 100, 1000),
          new Candidate(20, 100, 2000),
          new Candidate(30, 100, 3000),
          new Candidate(40, 100, 4000));

  @ParameterizedTest
  @CsvSource({
    // start, high watermark, ms, bytes, delete, expected at time 5000
    "0, 40, -1, -1, true, 0",
    "0, 40, 3000, -1, true, 1",
    "0, 40, 2999, -1, true, 2",
    "0, 40, 0, -1, true, 4",
    "0, 25, 0, -1, true, 2",
    "0, 9, 0, -1, true, 0",
    "0, 40, -1, 400, true, 0",
    "0, 40, -1, 301, true, 0",
    "0, 40, -1, 300, true, 1",
    "0, 40, -1, 299, true, 1",
    "0, 40, -1, 0, true, 4",
    "0, 19, -1, 0, true, 1",
    "20, 40, -1, -1, true, 2",
    "25, 40, -1, -1, false, 2",
    "20, 40, 0, 0, false, 2",
    "10, 40, -1, 200, true, 2",
  })
  void counts(long start, long hw, long ms, long bytes, boolean delete, int expected) {
    assertThat(RetentionPlan.count(LOG, new Limits(start, hw, ms, bytes, delete), 5000))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void anEmptySegmentNeverGoes(boolean delete) {
    assertThat(
            RetentionPlan.count(
                List.of(new Candidate(0, 0, 0)), new Limits(0, 0, 0, 0, delete), 5000))
        .isZero();
  }
}
