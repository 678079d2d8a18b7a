package io.ottla.tools.cluster;

import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the log directories of brokers and the size of each replica in them. */
@Command(
    name = "kafka-log-dirs.sh",
    description = "Prints the log directories of brokers and the size of each replica, as JSON.")
public final class LogDirs extends AdminTool {
  @Option(names = "--describe", description = "Required, as in Kafka.")
  private boolean describe;

  @Option(names = "--topic-list", paramLabel = "<a,b>", description = "Only these topics.")
  private String topicList;

  @Option(names = "--broker-list", paramLabel = "<1,2>", description = "Only these brokers.")
  private String brokerIds;

  @Override
  protected void validate() {
    if (!describe) {
      throw new ToolException("--describe is required");
    }
    wantedBrokers();
  }

  private Set<Integer> wantedBrokers() {
    Set<Integer> ids = new TreeSet<>();
    if (brokerIds != null) {
      for (String id : brokerIds.split(",", -1)) {
        try {
          ids.add(Integer.parseInt(id.strip()));
        } catch (NumberFormatException e) {
          throw new ToolException("'" + id + "' of --broker-list is not a broker id", e);
        }
      }
    }
    return ids;
  }

  @Override
  protected int run(Admin admin) throws Exception {
    Set<Integer> alive = new TreeSet<>();
    for (Node node : await(admin.describeCluster().nodes())) {
      alive.add(node.id());
    }
    Set<Integer> brokers = wantedBrokers().isEmpty() ? alive : wantedBrokers();
    Set<Integer> missing = new TreeSet<>(brokers);
    missing.removeAll(alive);
    if (!missing.isEmpty()) {
      throw new ToolException(
          "The given brokers do not exist: "
              + missing
              + ". Current existent brokers: "
              + ids(alive));
    }
    printText("Querying brokers for log directories information");
    Map<Integer, Map<String, LogDirDescription>> answer =
        new TreeMap<>(await(admin.describeLogDirs(brokers).allDescriptions()));
    printText("Received log directory information from brokers " + ids(brokers));
    Set<String> topics =
        topicList == null
            ? Set.of()
            : Arrays.stream(topicList.split(",", -1))
                .map(String::strip)
                .collect(Collectors.toSet());
    printJson(json(answer, topics));
    return 0;
  }

  static Map<String, Object> json(
      Map<Integer, Map<String, LogDirDescription>> brokers, Set<String> topics) {
    List<Map<String, Object>> result = new ArrayList<>();
    brokers.forEach(
        (broker, dirs) ->
            result.add(
                Json.object(
                    "broker",
                    broker,
                    "logDirs",
                    dirs.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(e -> dir(e.getKey(), e.getValue(), topics))
                        .toList())));
    return Json.object("version", 1, "brokers", result);
  }

  private static Map<String, Object> dir(
      String path, LogDirDescription description, Set<String> topics) {
    return Json.object(
        "logDir",
        path,
        "error",
        description.error() == null ? null : description.error().getClass().getName(),
        "partitions",
        description.replicaInfos().entrySet().stream()
            .filter(e -> topics.isEmpty() || topics.contains(e.getKey().topic()))
            .sorted(
                Map.Entry.comparingByKey(
                    Comparator.comparing(TopicPartition::topic)
                        .thenComparingInt(TopicPartition::partition)))
            .map(
                e ->
                    Json.object(
                        "partition", e.getKey().toString(),
                        "size", e.getValue().size(),
                        "offsetLag", e.getValue().offsetLag(),
                        "isFuture", e.getValue().isFuture()))
            .toList());
  }

  private static String ids(Set<Integer> ids) {
    return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new LogDirs(), args);
  }
}
