package io.ottla.tools.groups;

import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.ToolException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import picocli.CommandLine.Option;

/**
 * Sets the committed offsets of groups without members; without {@code --execute} only shows what
 * it would set.
 */
final class OffsetReset {
  /** What is reset, and to where. */
  static final class Options {
    @Option(
        names = "--topic",
        paramLabel = "<t[:0,1]>",
        description = "The topic; may be repeated.")
    private List<String> topics = List.of();

    @Option(names = "--all-topics", description = "Every topic the group has offsets of.")
    private boolean allTopics;

    @Option(names = "--to-offset", description = "This offset.")
    private Long toOffset;

    @Option(names = "--to-earliest", description = "The first record.")
    private boolean toEarliest;

    @Option(names = "--to-latest", description = "The next record.")
    private boolean toLatest;

    @Option(names = "--to-current", description = "Where the group is; with --export.")
    private boolean toCurrent;

    @Option(
        names = "--to-datetime",
        description = "The first record since YYYY-MM-DDThh:mm:ss.sss.")
    private String toDatetime;

    @Option(names = "--by-duration", description = "The first record of the last PnDTnHnMnS.")
    private String byDuration;

    @Option(names = "--shift-by", description = "So many records forward, or back if negative.")
    private Long shiftBy;

    @Option(names = "--from-file", description = "What --export wrote.")
    private Path fromFile;

    @Option(names = "--dry-run", description = "Shows the result only (the default).")
    private boolean dryRun;

    @Option(names = "--execute", description = "Sets the offsets.")
    private boolean execute;

    @Option(names = "--export", description = "Prints CSV: topic,partition,offset.")
    private boolean export;

    void validate() {
      long targets =
          Stream.of(
                  toOffset != null,
                  toEarliest,
                  toLatest,
                  toCurrent,
                  toDatetime != null,
                  byDuration != null,
                  shiftBy != null,
                  fromFile != null)
              .filter(t -> t)
              .count();
      if (targets != 1) {
        throw new ToolException(
            "Exactly one of --to-offset, --to-earliest, --to-latest, --to-current, --to-datetime, --by-duration,"
                + " --shift-by and --from-file is needed");
      }
      if (fromFile == null && topics.isEmpty() == !allTopics) {
        throw new ToolException("Either --topic or --all-topics is needed");
      }
      if (dryRun && execute) {
        throw new ToolException("Only one of --dry-run and --execute can be given");
      }
      topics.forEach(ResetPlan::topicArgument);
      if (toDatetime != null) {
        ResetPlan.time(toDatetime);
      }
      if (byDuration != null) {
        ResetPlan.duration(byDuration);
      }
    }
  }

  private final Admin admin;
  private final Options options;
  private final boolean json;
  private final Consumer<String> out;
  private final Consumer<String> notes;
  private final GroupReader reader;
  private final ResetPlan plan;

  OffsetReset(
      Admin admin, Options options, boolean json, Consumer<String> out, Consumer<String> notes) {
    this.admin = admin;
    this.options = options;
    this.json = json;
    this.out = out;
    this.notes = notes;
    this.reader = new GroupReader(admin);
    this.plan = new ResetPlan(reader);
  }

  /** Resets each group; returns the exit code. */
  int run(List<String> groups) throws Exception {
    if (!options.execute && !options.dryRun && !options.export) {
      notes.accept("Nothing is changed without --execute; this is what it would set:");
    }
    int exitCode = 0;
    Map<String, Map<TopicPartition, Long>> result = new TreeMap<>();
    for (String group : groups) {
      GroupState state = state(group);
      if (state != GroupState.EMPTY && state != GroupState.DEAD) {
        notes.accept(
            "Error: Assignments can only be reset if the group '"
                + group
                + "' is inactive, but the current state is "
                + state
                + ".");
        exitCode = 1;
        continue;
      }
      Map<TopicPartition, Long> offsets = new TreeMap<>(GroupReader.ORDER);
      offsets.putAll(offsets(group));
      if (options.execute) {
        admin
            .alterConsumerGroupOffsets(
                group,
                offsets.entrySet().stream()
                    .collect(
                        Collectors.toMap(
                            Map.Entry::getKey, e -> new OffsetAndMetadata(e.getValue()))))
            .all()
            .get();
      }
      result.put(group, offsets);
    }
    print(result);
    return exitCode;
  }

  private GroupState state(String group) throws ExecutionException, InterruptedException {
    try {
      return admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return GroupState.DEAD; // offsets may be set for a group that does not exist yet
      }
      throw e;
    }
  }

  private Map<TopicPartition, Long> offsets(String group) throws Exception {
    if (options.fromFile != null) {
      return plan.within(ResetPlan.csv(Files.readAllLines(options.fromFile), group));
    }
    List<TopicPartition> partitions = partitions(group);
    if (options.toEarliest) {
      return plan.earliest(partitions);
    }
    if (options.toLatest) {
      return plan.latest(partitions);
    }
    if (options.toDatetime != null) {
      return plan.atTime(partitions, ResetPlan.time(options.toDatetime));
    }
    if (options.byDuration != null) {
      return plan.atTime(partitions, Instant.now().minus(ResetPlan.duration(options.byDuration)));
    }
    Map<TopicPartition, Long> committed = reader.committed(group);
    Map<TopicPartition, Long> latest = plan.latest(partitions);
    Map<TopicPartition, Long> wanted = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Long current = committed.get(partition);
      if (options.toOffset != null) {
        wanted.put(partition, options.toOffset);
      } else if (options.shiftBy != null) {
        if (current == null) {
          throw new ToolException(
              "Cannot shift offset for partition "
                  + partition
                  + " since there is no current committed offset");
        }
        wanted.put(partition, Math.addExact(current, options.shiftBy));
      } else {
        wanted.put(partition, current == null ? latest.get(partition) : current);
      }
    }
    return plan.within(wanted);
  }

  private List<TopicPartition> partitions(String group) throws Exception {
    if (options.allTopics) {
      return List.copyOf(reader.committed(group).keySet());
    }
    List<TopicPartition> result = new ArrayList<>();
    for (String text : options.topics) {
      Map.Entry<String, Optional<List<Integer>>> topic = ResetPlan.topicArgument(text);
      if (topic.getValue().isPresent()) {
        topic.getValue().get().forEach(p -> result.add(new TopicPartition(topic.getKey(), p)));
      } else {
        TopicDescription description =
            admin.describeTopics(List.of(topic.getKey())).allTopicNames().get().get(topic.getKey());
        description
            .partitions()
            .forEach(p -> result.add(new TopicPartition(topic.getKey(), p.partition())));
      }
    }
    return result;
  }

  private void print(Map<String, Map<TopicPartition, Long>> result) {
    if (json) {
      List<Map<String, Object>> rows = new ArrayList<>();
      each(
          result,
          (group, partition, offset) ->
              rows.add(
                  Json.object(
                      "group",
                      group,
                      "topic",
                      partition.topic(),
                      "partition",
                      partition.partition(),
                      "newOffset",
                      offset)));
      out.accept(new Json().line(Json.object("executed", options.execute, "offsets", rows)));
    } else if (options.export) {
      each(
          result,
          (group, partition, offset) ->
              out.accept(
                  (result.size() > 1 ? group + "," : "")
                      + partition.topic()
                      + ","
                      + partition.partition()
                      + ","
                      + offset));
    } else {
      out.accept("");
      out.accept(row("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"));
      each(
          result,
          (group, partition, offset) ->
              out.accept(row(group, partition.topic(), partition.partition(), offset)));
    }
  }

  static String row(Object group, Object topic, Object partition, Object offset) {
    return String.format("%-30s %-30s %-10s %-15s", group, topic, partition, offset);
  }

  private interface RowConsumer {
    void accept(String group, TopicPartition partition, long offset);
  }

  private static void each(Map<String, Map<TopicPartition, Long>> result, RowConsumer consumer) {
    result.forEach(
        (group, offsets) ->
            offsets.forEach((partition, offset) -> consumer.accept(group, partition, offset)));
  }
}
