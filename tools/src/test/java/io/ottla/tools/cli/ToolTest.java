package io.ottla.tools.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.tools.cluster.BrokerApiVersions;
import io.ottla.tools.cluster.GetOffsets;
import io.ottla.tools.cluster.LeaderElection;
import io.ottla.tools.cluster.LogDirs;
import io.ottla.tools.configs.ConfigsTool;
import io.ottla.tools.console.ConsoleConsumer;
import io.ottla.tools.console.ConsoleProducer;
import io.ottla.tools.groups.ConsumerGroups;
import io.ottla.tools.quickstart.Quickstart;
import io.ottla.tools.topics.TopicsTool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ToolTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int execute(Tool tool, String... args) {
    Streams streams =
        new Streams(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    return tool.execute(streams, args);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  static Stream<Supplier<Tool>> tools() {
    return Stream.of(
        TopicsTool::new,
        ConfigsTool::new,
        ConsoleProducer::new,
        ConsoleConsumer::new,
        GetOffsets::new,
        BrokerApiVersions::new,
        LeaderElection::new,
        LogDirs::new,
        ConsumerGroups::new,
        Quickstart::new);
  }

  @ParameterizedTest
  @MethodSource("tools")
  void everyToolHasHelpAndAVersion(Supplier<Tool> tool) {
    assertThat(execute(tool.get(), "--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("Usage: ").contains(".sh");
    out.reset();
    assertThat(execute(tool.get(), "--version")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("Ottla ")
        .doesNotContain("${")
        .contains("kafka-clients 4");
    assertThat(err()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("tools")
  void anUnknownOptionIsOneLineAndExitCodeOne(Supplier<Tool> tool) {
    assertThat(execute(tool.get(), "--nonsense")).isEqualTo(1);
    assertThat(err().lines()).hasSize(1);
    assertThat(out.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--list --create --topic t|Command must include exactly one action",
        "--topic t|Command must include exactly one action",
        "--create|Missing required option --topic",
        "--list|Missing required option --bootstrap-server",
        "--create --topic t --partitions 0|The partitions must be greater than 0",
        "--create --topic t --partitions 1 --replica-assignment 1:2|leave out --partitions",
        "--alter --topic t --config a=b|--alter needs --partitions",
        "--list --under-replicated-partitions|only with --describe",
        "--list --bootstrap-server nowhere|'nowhere' is not of the form host:port",
      })
  void aWrongTopicCommandSaysWhatIsWrong(String line, String message) {
    assertThat(execute(new TopicsTool(), line.split(" "))).isEqualTo(1);
    assertThat(err()).startsWith("Error while executing topic command : ").contains(message);
    assertThat(err().lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--describe --alter --topic t|exactly one action",
        "--alter --topic t|at least one of --add-config",
        "--alter --add-config a=b --entity-type topics|needs an entity",
        "--describe --entity-type users --entity-name u|'users' is not supported",
        "--describe --broker one|not a broker id",
        "--describe --topic t --broker 1|Exactly one entity",
        "--describe --entity-type topics --entity-default|Topics have no dynamic default",
      })
  void aWrongConfigCommandSaysWhatIsWrong(String line, String message) {
    assertThat(execute(new ConfigsTool(), line.split(" "))).isEqualTo(1);
    assertThat(err()).contains(message);
    assertThat(err().lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--from-beginning|Exactly one of --topic and --include",
        "--topic t --offset 3|--offset needs --partition",
        "--topic t --partition 0 --offset x|The offset 'x' is incorrect",
        "--topic t --partition 0 --offset -3|The offset '-3' is incorrect",
        "--topic t --partition 0 --group g|cannot be specified together",
        "--topic t --formatter no.Such|not a formatter",
        "--topic t --property print.key=maybe|must be true or false",
      })
  void aWrongConsumerCommandSaysWhatIsWrong(String line, String message) {
    assertThat(execute(new ConsoleConsumer(), line.split(" "))).isEqualTo(1);
    assertThat(err()).contains(message);
    assertThat(err().lines()).hasSize(1);
  }

  @Test
  void aReaderPropertyThatIsWrongStopsTheProducerBeforeItConnects() {
    assertThat(execute(new ConsoleProducer(), "--topic", "t", "--property", "parse.key=perhaps"))
        .isEqualTo(1);
    assertThat(err()).contains("parse.key=perhaps must be true or false");
  }
}
