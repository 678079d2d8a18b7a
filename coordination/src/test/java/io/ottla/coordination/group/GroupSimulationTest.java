package io.ottla.coordination.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@code -Dgroups.seeds=N} runs more, {@code -Dgroups.seed=S} one. */
class GroupSimulationTest {
  private static final int STEPS = 5_000;

  @Test
  void manySeeds() {
    Long only = Long.getLong("groups.seed");
    long from = only == null ? 1 : only;
    long to = only == null ? Integer.getInteger("groups.seeds", 300) : only;
    int generations = 0;
    int commits = 0;
    for (long seed = from; seed <= to; seed++) {
      GroupSimulation simulation = new GroupSimulation(seed);
      try {
        simulation.run(STEPS);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("Seed " + seed + " fails: " + e.getMessage(), e);
      }
      generations += simulation.generations;
      commits += simulation.commits;
    }
    System.out.println(
        "seeds "
            + from
            + " to "
            + to
            + ": "
            + generations
            + " generations, "
            + commits
            + " commits");
    long seeds = to - from + 1;
    assertThat(generations).as("the simulation does something").isGreaterThan((int) seeds);
    assertThat(commits).as("the simulation does something").isGreaterThan((int) seeds * 5);
  }
}
