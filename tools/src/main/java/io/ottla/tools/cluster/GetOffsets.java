package io.ottla.tools.cluster;

import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints offsets of partitions: the latest, the earliest, or those of a time. */
@Command(
    name = "kafka-get-offsets.sh",
    description = "Prints offsets of partitions, one topic:partition:offset per line.")
public final class GetOffsets extends AdminTool {
  private static final long UNKNOWN_OFFSET = -1;

  @Option(names = "--topic", description = "The topics, a regular expression; all if not given.")
  private String topic;

  @Option(
      names = "--partitions",
      paramLabel = "<0,1-3>",
      description = "The partitions; a range leaves out its upper end.")
  private String partitions;

  @Option(
      names = "--topic-partitions",
      paramLabel = "<t:0-3,u:1>",
      description = "Topics with their partitions, instead of --topic and --partitions.")
  private String topicPartitions;

  @Option(
      names = "--time",
      defaultValue = "latest",
      paramLabel = "<time>",
      description =
          "Milliseconds since 1970, or latest (-1, the default), earliest (-2), max-timestamp (-3),"
              + " earliest-local (-4), latest-tiered (-5).")
  private String time;

  @Option(names = "--exclude-internal-topics", description = "Leaves internal topics out.")
  private boolean excludeInternal;

  @Override
  protected String errorPrefix() {
    return "Error occurred: ";
  }

  @Override
  protected void validate() {
    if (topicPartitions != null && (topic != null || partitions != null)) {
      throw new ToolException("--topic-partitions cannot be used with --topic or --partitions");
    }
    spec(time);
    choices();
  }

  static OffsetSpec spec(String time) {
    return switch (time.toLowerCase(Locale.ROOT)) {
      case "latest", "-1" -> OffsetSpec.latest();
      case "earliest", "-2" -> OffsetSpec.earliest();
      case "max-timestamp", "-3" -> OffsetSpec.maxTimestamp();
      case "earliest-local", "-4" -> OffsetSpec.earliestLocal();
      case "latest-tiered", "-5" -> OffsetSpec.latestTiered();
      default -> {
        try {
          yield OffsetSpec.forTimestamp(Long.parseLong(time));
        } catch (NumberFormatException e) {
          throw new ToolException(
              "'"
                  + time
                  + "' is not a time: milliseconds, latest, earliest, max-timestamp, earliest-local or"
                  + " latest-tiered",
              e);
        }
      }
    };
  }

  private List<PartitionChoice> choices() {
    return topicPartitions != null
        ? PartitionChoice.ofList(topicPartitions, excludeInternal)
        : PartitionChoice.of(topic, partitions, excludeInternal);
  }

  @Override
  protected int run(Admin admin) throws Exception {
    List<TopicPartition> chosen = choose(admin);
    if (chosen.isEmpty()) {
      throw new ToolException("Could not match any topic-partitions with the specified filters");
    }
    Map<TopicPartition, OffsetSpec> request = new LinkedHashMap<>();
    chosen.forEach(partition -> request.put(partition, spec(time)));
    ListOffsetsResult answer = admin.listOffsets(request);
    List<Map<String, Object>> result = new ArrayList<>();
    for (TopicPartition partition : chosen) {
      long offset;
      try {
        offset = await(answer.partitionResult(partition)).offset();
      } catch (KafkaException e) {
        note(
            "Skip getting offsets for topic-partition "
                + partition
                + " due to error: "
                + Errors.line(e));
        continue;
      }
      boolean known = offset != UNKNOWN_OFFSET;
      if (known) {
        printText(partition.topic() + ":" + partition.partition() + ":" + offset);
      }
      result.add(
          Json.object(
              "topic",
              partition.topic(),
              "partition",
              partition.partition(),
              "offset",
              known ? offset : null));
    }
    if (json()) {
      printJson(Json.object("offsets", result));
    }
    return 0;
  }

  private List<TopicPartition> choose(Admin admin) throws Exception {
    List<PartitionChoice> choices = choices();
    Set<String> names = await(admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
    List<String> topics =
        names.stream().filter(n -> choices.stream().anyMatch(c -> c.topics().accepts(n))).toList();
    List<TopicPartition> chosen = new ArrayList<>();
    for (TopicDescription description :
        await(admin.describeTopics(topics).allTopicNames()).values()) {
      description.partitions().stream()
          .map(info -> new TopicPartition(description.name(), info.partition()))
          .filter(p -> choices.stream().anyMatch(c -> c.accepts(p.topic(), p.partition())))
          .forEach(chosen::add);
    }
    chosen.sort(
        Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
    return chosen;
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new GetOffsets(), args);
  }
}
