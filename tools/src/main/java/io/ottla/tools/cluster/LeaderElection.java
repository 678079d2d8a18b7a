package io.ottla.tools.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Asks the controller to elect leaders: the preferred replica, or an out-of-sync one where nothing
 * else is left.
 */
@Command(name = "kafka-leader-election.sh", description = "Elects partition leaders.")
public final class LeaderElection extends AdminTool {
  private static final Comparator<TopicPartition> ORDER =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  @Option(
      names = "--election-type",
      required = true,
      paramLabel = "<preferred|unclean>",
      description =
          "preferred: the first replica if it is in sync. unclean: any replica where there is no leader, which can"
              + " lose records.")
  private ElectionType electionType;

  @Option(names = "--all-topic-partitions", description = "Every partition of the cluster.")
  private boolean allPartitions;

  @Option(names = "--topic", description = "The topic; goes with --partition.")
  private String topic;

  @Option(names = "--partition", description = "The partition; goes with --topic.")
  private Integer partition;

  @Option(
      names = "--path-to-json-file",
      paramLabel = "<file>",
      description = "The partitions: {\"partitions\":[{\"topic\":\"t\",\"partition\":0}]}.")
  private Path jsonFile;

  @Override
  protected void validate() {
    long ways = Stream.of(allPartitions, topic != null, jsonFile != null).filter(w -> w).count();
    if (ways != 1) {
      throw new ToolException(
          "Exactly one of --all-topic-partitions, --topic with --partition, and --path-to-json-file is needed");
    }
    if ((topic == null) != (partition == null)) {
      throw new ToolException("--topic and --partition go together");
    }
  }

  @Override
  protected int run(Admin admin) throws Exception {
    Set<TopicPartition> wanted = null; // every partition
    if (topic != null) {
      wanted = Set.of(new TopicPartition(topic, partition));
    } else if (jsonFile != null) {
      wanted = read(Files.readString(jsonFile));
    }
    Map<TopicPartition, Optional<Throwable>> answer = new TreeMap<>(ORDER);
    answer.putAll(await(admin.electLeaders(electionType, wanted).partitions()));
    Outcome outcome = Outcome.of(answer);
    if (json()) {
      printJson(outcome.json(electionType));
    } else {
      outcome.lines(electionType).forEach(this::print);
    }
    if (!outcome.failed().isEmpty()) {
      throw new ToolException(outcome.failed().size() + " replica(s) could not be elected");
    }
    return 0;
  }

  static Set<TopicPartition> read(String text) throws IOException {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new ToolException("The file is not JSON: " + e.getOriginalMessage(), e);
    }
    Set<TopicPartition> result = new LinkedHashSet<>();
    for (JsonNode item : root.path("partitions")) {
      if (!item.path("topic").isTextual() || !item.path("partition").isInt()) {
        throw new ToolException("'" + item + "' lacks a topic or a partition");
      }
      TopicPartition one =
          new TopicPartition(item.path("topic").asText(), item.path("partition").asInt());
      if (!result.add(one)) {
        throw new ToolException("The partition " + one + " is listed twice");
      }
    }
    if (result.isEmpty()) {
      throw new ToolException(
          "The file names no partitions: {\"partitions\":[{\"topic\":\"t\",\"partition\":0}]} is expected");
    }
    return result;
  }

  /** What became of each partition. */
  record Outcome(
      List<TopicPartition> elected,
      List<TopicPartition> notNeeded,
      Map<TopicPartition, Throwable> failed) {

    static Outcome of(Map<TopicPartition, Optional<Throwable>> answer) {
      List<TopicPartition> elected = new ArrayList<>();
      List<TopicPartition> notNeeded = new ArrayList<>();
      Map<TopicPartition, Throwable> failed = new TreeMap<>(ORDER);
      answer.forEach(
          (partition, error) -> {
            if (error.isEmpty()) {
              elected.add(partition);
            } else if (error.get() instanceof ElectionNotNeededException) {
              notNeeded.add(partition);
            } else {
              failed.put(partition, error.get());
            }
          });
      return new Outcome(elected, notNeeded, failed);
    }

    List<String> lines(ElectionType type) {
      List<String> lines = new ArrayList<>();
      if (!elected.isEmpty()) {
        lines.add(
            "Successfully completed leader election ("
                + type
                + ") for partitions "
                + names(elected));
      }
      if (!notNeeded.isEmpty()) {
        lines.add("Valid replica already elected for partitions " + names(notNeeded));
      }
      failed.forEach(
          (partition, error) ->
              lines.add(
                  "Error completing leader election ("
                      + type
                      + ") for partition: "
                      + partition
                      + ": "
                      + error));
      return lines;
    }

    Map<String, Object> json(ElectionType type) {
      return Json.object(
          "electionType",
          type.name(),
          "elected",
          elected.stream().map(TopicPartition::toString).toList(),
          "alreadyElected",
          notNeeded.stream().map(TopicPartition::toString).toList(),
          "failed",
          failed.entrySet().stream()
              .map(
                  e ->
                      Json.object(
                          "partition", e.getKey().toString(), "error", e.getValue().toString()))
              .toList());
    }

    private static String names(List<TopicPartition> partitions) {
      return partitions.stream().map(TopicPartition::toString).collect(Collectors.joining(", "));
    }
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new LeaderElection(), args);
  }
}
