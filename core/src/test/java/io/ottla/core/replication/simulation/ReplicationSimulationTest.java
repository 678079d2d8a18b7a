package io.ottla.core.replication.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Real partitions, fetchers and logs of three brokers under seeded schedules of crashes, pauses,
 * cuts, lost connections, late messages and late metadata.
 *
 * <p>{@code -Dottla.simulation.seconds} bounds the time (default 100), {@code
 * -Dottla.simulation.seeds} the number of seeds (default 3000), {@code -Dottla.simulation.seed}
 * runs one.
 */
class ReplicationSimulationTest {
  private static final int FAULTY_STEPS = 1500;
  private static Level before;

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("io.ottla");
  }

  @BeforeAll
  static void quiet() {
    before = logger().getLevel();
    logger().setLevel(Level.toLevel(System.getProperty("ottla.simulation.log", "OFF")));
  }

  @AfterAll
  static void loud() {
    logger().setLevel(before);
  }

  @Test
  void nothingAcknowledgedIsLostUnderAnySchedule() throws IOException {
    long first = Long.getLong("ottla.simulation.seed", 1L);
    boolean single = System.getProperty("ottla.simulation.seed") != null;
    long seeds = single ? 1 : Long.getLong("ottla.simulation.seeds", 3000L);
    long until =
        System.nanoTime() + Long.getLong("ottla.simulation.seconds", 100L) * 1_000_000_000L;
    long acknowledged = 0;
    long steps = 0;
    long seed = first;
    while (seed < first + seeds && (seed == first || System.nanoTime() < until)) {
      ReplicationSimulation simulation = run(seed);
      acknowledged += simulation.acknowledged();
      steps += simulation.steps();
      seed++;
    }
    System.out.printf(
        "simulated seeds %d to %d: %d steps, %d batches acknowledged%n",
        first, seed - 1, steps, acknowledged);
    assertThat(acknowledged).isGreaterThan(seed - first);
  }

  /**
   * Seeds that once failed, under the schedules the simulation had then; what they found is also
   * tested directly, in PartitionsTest and FetchSessionTest.
   */
  @ParameterizedTest
  @ValueSource(longs = {785, 1435, 22324, 31127})
  void seedsThatOnceFailed(long seed) throws IOException {
    assertThat(run(seed).acknowledged()).isPositive();
  }

  private static ReplicationSimulation run(long seed) throws IOException {
    Path shm = Path.of("/dev/shm");
    Path directory =
        Files.isDirectory(shm) && Files.isWritable(shm)
            ? Files.createTempDirectory(shm, "ottla-simulation")
            : Files.createTempDirectory("ottla-simulation");
    try {
      ReplicationSimulation simulation = new ReplicationSimulation(seed, directory);
      simulation.run(FAULTY_STEPS);
      return simulation;
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
