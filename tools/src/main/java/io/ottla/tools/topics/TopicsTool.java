package io.ottla.tools.topics;

import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import io.ottla.tools.cli.TopicFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.internals.Topic;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Creates, lists, describes, grows and deletes topics. */
@Command(
    name = "kafka-topics.sh",
    description = "Creates, lists, describes, changes and deletes topics.")
public final class TopicsTool extends AdminTool {
  @Option(names = "--create", description = "Creates the topic.")
  private boolean create;

  @Option(names = "--list", description = "Prints the names of the topics.")
  private boolean list;

  @Option(names = "--describe", description = "Prints partitions, replicas and settings.")
  private boolean describe;

  @Option(names = "--alter", description = "Raises the number of partitions to --partitions.")
  private boolean alter;

  @Option(names = "--delete", description = "Deletes the topics.")
  private boolean delete;

  @Option(
      names = "--topic",
      description = "The topic; for everything but --create a regular expression.")
  private String topic;

  @Option(names = "--topic-id", description = "The topic by its id; only with --describe.")
  private String topicId;

  @Option(names = "--partitions", description = "The number of partitions.")
  private Integer partitions;

  @Option(names = "--replication-factor", description = "The number of replicas of each partition.")
  private Short replicationFactor;

  @Option(
      names = "--replica-assignment",
      paramLabel = "<1:2,2:3>",
      description = "The brokers of each partition, the preferred leader first.")
  private String replicaAssignment;

  @Option(
      names = "--config",
      paramLabel = "<key=value>",
      description = "A setting of the new topic; may be repeated.")
  private List<String> configs = List.of();

  @Option(names = "--if-exists", description = "A topic that is not there is no error.")
  private boolean ifExists;

  @Option(names = "--if-not-exists", description = "A topic that is there already is no error.")
  private boolean ifNotExists;

  @Option(names = "--exclude-internal", description = "Leaves internal topics out.")
  private boolean excludeInternal;

  @Option(
      names = "--under-replicated-partitions",
      description = "Describes only partitions with fewer in-sync replicas than replicas.")
  private boolean underReplicated;

  @Option(
      names = "--unavailable-partitions",
      description = "Describes only partitions without a leader.")
  private boolean unavailable;

  @Option(
      names = "--under-min-isr-partitions",
      description = "Describes only partitions with fewer in-sync replicas than the minimum.")
  private boolean underMinIsr;

  @Option(
      names = "--at-min-isr-partitions",
      description = "Describes only partitions with exactly the minimum of in-sync replicas.")
  private boolean atMinIsr;

  @Option(
      names = "--topics-with-overrides",
      description = "Describes only topics with settings of their own.")
  private boolean topicsWithOverrides;

  @SuppressWarnings("UnusedVariable") // an option that is accepted and has no effect
  @Option(
      names = "--partition-size-limit-per-response",
      description = "Taken for Kafka's sake; the answer is always complete.")
  private Integer partitionSizeLimit;

  @Override
  protected String errorPrefix() {
    return "Error while executing topic command : ";
  }

  @Override
  protected void validate() {
    long actions = Stream.of(create, list, describe, alter, delete).filter(a -> a).count();
    if (actions != 1) {
      throw new ToolException(
          "Command must include exactly one action: --list, --describe, --create, --alter or --delete");
    }
    if ((create || alter || delete) && topic == null) {
      throw new ToolException("Missing required option --topic");
    }
    if (topicId != null && (!describe || topic != null)) {
      throw new ToolException("--topic-id goes with --describe and without --topic");
    }
    if (alter && partitions == null) {
      throw new ToolException(
          "--alter needs --partitions; settings of a topic are changed with kafka-configs.sh");
    }
    if (partitions != null && partitions < 1) {
      throw new ToolException("The partitions must be greater than 0");
    }
    if (replicationFactor != null && replicationFactor < 1) {
      throw new ToolException("The replication factor must be greater than 0");
    }
    if (create && replicaAssignment != null && (partitions != null || replicationFactor != null)) {
      throw new ToolException(
          "--replica-assignment already says how many partitions and replicas there are;"
              + " leave out --partitions and --replication-factor");
    }
    if (!create && !configs.isEmpty()) {
      throw new ToolException(
          "--config goes with --create; settings of an existing topic are changed with kafka-configs.sh");
    }
    long filters =
        Stream.of(underReplicated, unavailable, underMinIsr, atMinIsr, topicsWithOverrides)
            .filter(f -> f)
            .count();
    if ((filters > 0 && !describe) || filters > 1) {
      throw new ToolException(
          "At most one filter of partitions or topics, and only with --describe");
    }
  }

  @Override
  protected int run(Admin admin) throws Exception {
    if (create) {
      create(admin);
    } else if (list) {
      list(admin);
    } else if (describe) {
      describe(admin);
    } else if (alter) {
      alter(admin);
    } else {
      delete(admin);
    }
    return 0;
  }

  private void create(Admin admin) throws Exception {
    if (topic.contains(".") || topic.contains("_")) {
      note(
          "WARNING: the names of metrics turn '.' and '_' into the same character, so topics that differ only in"
              + " these collide. Use one of the two, not both.");
    }
    Topic.validate(topic);
    NewTopic newTopic =
        replicaAssignment == null
            ? new NewTopic(
                topic, Optional.ofNullable(partitions), Optional.ofNullable(replicationFactor))
            : new NewTopic(topic, ReplicaAssignment.parse(replicaAssignment));
    newTopic.configs(pairs("--config", configs));
    boolean created = true;
    try {
      await(admin.createTopics(List.of(newTopic)).all());
    } catch (TopicExistsException e) {
      if (!ifNotExists) {
        throw e;
      }
      created = false;
    }
    if (json()) {
      printJson(Json.object("topic", topic, "created", created));
    } else if (created) {
      print("Created topic " + topic + ".");
    }
  }

  private void list(Admin admin) throws Exception {
    List<String> names = chosen(admin);
    if (json()) {
      printJson(Json.object("topics", names));
    } else {
      names.forEach(this::print);
    }
  }

  private void describe(Admin admin) throws Exception {
    TopicCollection wanted;
    if (topicId != null) {
      wanted = TopicCollection.ofTopicIds(List.of(parseId()));
    } else {
      wanted = TopicCollection.ofTopicNames(existing(admin));
    }
    List<Map<String, Object>> result = new ArrayList<>();
    for (TopicRow row : new TopicReader(admin).read(wanted)) {
      if (topicsWithOverrides && row.configs().isEmpty()) {
        continue;
      }
      List<PartitionRow> shown = row.partitions().stream().filter(partitionFilter(row)).toList();
      boolean filtered = underReplicated || unavailable || underMinIsr || atMinIsr;
      if (json()) {
        if (!filtered || !shown.isEmpty()) {
          result.add(TopicFormat.json(row, shown));
        }
        continue;
      }
      if (!filtered) {
        print(TopicFormat.header(row));
      }
      if (!topicsWithOverrides) {
        shown.forEach(p -> print(TopicFormat.line(p)));
      }
    }
    if (json()) {
      printJson(Json.object("topics", result));
    }
  }

  private Predicate<PartitionRow> partitionFilter(TopicRow topicRow) {
    if (underReplicated) {
      return PartitionRow::isUnderReplicated;
    }
    if (unavailable) {
      return PartitionRow::isUnavailable;
    }
    if (underMinIsr) {
      return p -> topicRow.minIsr() != null && p.isr().size() < topicRow.minIsr();
    }
    if (atMinIsr) {
      return p -> topicRow.minIsr() != null && p.isr().size() == topicRow.minIsr();
    }
    return p -> true;
  }

  private void alter(Admin admin) throws Exception {
    List<String> names = existing(admin);
    Map<String, TopicDescription> current =
        names.isEmpty() ? Map.of() : await(admin.describeTopics(names).allTopicNames());
    Map<String, NewPartitions> changes = new HashMap<>();
    for (String name : names) {
      if (Topic.isInternal(name)) {
        throw new ToolException(
            "The number of partitions for the internal topic " + name + " must not be changed.");
      }
      if (replicaAssignment == null) {
        changes.put(name, NewPartitions.increaseTo(partitions));
      } else {
        int present = current.get(name).partitions().size();
        List<List<Integer>> added =
            ReplicaAssignment.parse(replicaAssignment).entrySet().stream()
                .filter(e -> e.getKey() >= present)
                .map(Map.Entry::getValue)
                .toList();
        changes.put(name, NewPartitions.increaseTo(partitions, added));
      }
    }
    await(admin.createPartitions(changes).all());
    if (json()) {
      printJson(Json.object("topics", names, "partitions", partitions));
    }
  }

  private void delete(Admin admin) throws Exception {
    List<String> names = existing(admin);
    await(admin.deleteTopics(names).all());
    if (json()) {
      printJson(Json.object("deleted", names));
    }
  }

  private List<String> chosen(Admin admin) throws Exception {
    Set<String> all =
        await(admin.listTopics(new ListTopicsOptions().listInternal(!excludeInternal)).names());
    return TopicFilter.of(topic, excludeInternal).choose(all);
  }

  private List<String> existing(Admin admin) throws Exception {
    List<String> names = chosen(admin);
    if (names.isEmpty() && topic != null && !ifExists) {
      throw new ToolException("Topic '" + topic + "' does not exist as expected");
    }
    return names;
  }

  private Uuid parseId() {
    try {
      return Uuid.fromString(topicId);
    } catch (IllegalArgumentException e) {
      throw new ToolException("'" + topicId + "' is not a topic id", e);
    }
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new TopicsTool(), args);
  }
}
