package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
  @TempDir Path temp;

  @Test
  void overridesWinOverTheFile() throws Exception {
    Path file = temp.resolve("server.properties");
    Files.writeString(file, "broker.id=1\nlog.dirs = data dir \n# broker.id=7\n");
    CommandLine line =
        CommandLine.parse(
            new String[] {file.toString(), "--override", "broker.id=2", "--override", "a=b=c"});
    assertThat(line.values(Map.of("never", "used")))
        .isEqualTo(Map.of("broker.id", "2", "log.dirs", "data dir", "a", "b=c"));
    assertThat(line.origin()).isEqualTo(file + " and --override");
  }

  @Test
  void withoutAFileTheDefaultsOfALaptopHold() {
    CommandLine line = CommandLine.parse(new String[] {"--override", "broker.id=5"});
    assertThat(line.values(Standalone.values()))
        .containsEntry("broker.id", "5")
        .containsEntry("listeners", "PLAINTEXT://localhost:9092")
        .containsEntry("offsets.topic.replication.factor", "1")
        .doesNotContainKey("zookeeper.connect");
  }

  @ParameterizedTest
  @CsvSource({
    "--daemon,Unknown option --daemon",
    "--override broker.id,Unknown option --override",
    "a b,More than one file"
  })
  void whatIsNotUnderstoodIsSaidWithTheUsage(String args, String words) {
    assertThatThrownBy(
            () ->
                CommandLine.parse(
                    args.equals("--override broker.id")
                        ? new String[] {"--override"}
                        : args.split(" ", -1)))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining(words)
        .hasMessageContaining("Usage:");
  }

  @Test
  void aMissingFileAndABrokenOverrideAreNamed() {
    CommandLine line = CommandLine.parse(new String[] {temp.resolve("none").toString()});
    assertThatThrownBy(() -> line.values(Map.of()))
        .hasMessageContaining("There is no file " + temp.resolve("none"));
    assertThatThrownBy(() -> CommandLine.parse(new String[] {"--override", "x"}))
        .hasMessageContaining("--override x is not key=value");
  }
}
