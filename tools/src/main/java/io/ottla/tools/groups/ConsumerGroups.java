package io.ottla.tools.groups;

import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Table;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists, describes, resets and deletes consumer groups. */
@Command(
    name = "kafka-consumer-groups.sh",
    description = "Lists, describes, resets and deletes consumer groups.")
public final class ConsumerGroups extends AdminTool {
  @Option(names = "--list", description = "Prints the names of the groups.")
  private boolean list;

  @Option(names = "--describe", description = "Prints offsets, members or state of groups.")
  private boolean describe;

  @Option(names = "--delete", description = "Deletes groups that have no members.")
  private boolean delete;

  @Option(names = "--reset-offsets", description = "Sets committed offsets of an inactive group.")
  private boolean reset;

  @Option(names = "--group", description = "The group; may be repeated.")
  private List<String> groups = List.of();

  @Option(names = "--all-groups", description = "Every group.")
  private boolean allGroups;

  @Option(names = "--offsets", description = "With --describe: the offsets (the default).")
  private boolean offsets;

  @Option(names = "--members", description = "With --describe: the members.")
  private boolean members;

  @Option(
      names = "--state",
      arity = "0..1",
      fallbackValue = "",
      description =
          "With --describe: the state. With --list: a column of states, or only those given.")
  private String state;

  @Option(
      names = "--type",
      arity = "0..1",
      fallbackValue = "",
      description = "With --list: a column of group types, or only those given.")
  private String type;

  @Option(names = "--verbose", description = "With --members: also the assignment.")
  private boolean verbose;

  @Option(names = "--timeout", paramLabel = "<ms>", description = "How long to wait for an answer.")
  private Integer timeout;

  @Mixin private final OffsetReset.Options resetOptions = new OffsetReset.Options();

  @Override
  protected void validate() {
    long actions = Stream.of(list, describe, delete, reset).filter(a -> a).count();
    if (actions != 1) {
      throw new ToolException(
          "Command must include exactly one action: --list, --describe, --delete or --reset-offsets");
    }
    if (!list && groups.isEmpty() == !allGroups) {
      throw new ToolException("Either --group or --all-groups is needed");
    }
    if (Stream.of(offsets, members, state != null).filter(v -> v).count() > 1) {
      throw new ToolException("Only one of --offsets, --members and --state can be given");
    }
    if (reset) {
      resetOptions.validate();
    }
  }

  @Override
  protected Map<String, Object> clientSettings(java.nio.file.Path file, List<String> properties)
      throws java.io.IOException {
    Map<String, Object> settings = super.clientSettings(file, properties);
    if (timeout != null) {
      settings.put("default.api.timeout.ms", timeout);
      settings.put("request.timeout.ms", timeout);
    }
    return settings;
  }

  @Override
  protected int run(Admin admin) throws Exception {
    if (list) {
      list(admin);
      return 0;
    }
    List<String> names =
        allGroups ? listings(admin).stream().map(GroupListing::groupId).toList() : groups;
    if (describe) {
      return describe(admin, names);
    }
    return delete
        ? delete(admin, names)
        : new OffsetReset(admin, resetOptions, json(), this::print, this::note).run(names);
  }

  private List<GroupListing> listings(Admin admin) throws Exception {
    return await(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()).stream()
        .sorted(Comparator.comparing(GroupListing::groupId))
        .toList();
  }

  private void list(Admin admin) throws Exception {
    List<GroupListing> found =
        listings(admin).stream()
            .filter(g -> wanted(state, stateOf(g)) && wanted(type, typeOf(g)))
            .toList();
    if (json()) {
      printJson(
          Json.object(
              "groups",
              found.stream()
                  .map(
                      g ->
                          Json.object("group", g.groupId(), "type", typeOf(g), "state", stateOf(g)))
                  .toList()));
      return;
    }
    if (state == null && type == null) {
      found.forEach(g -> print(g.groupId()));
      return;
    }
    List<String> header = new ArrayList<>(List.of("GROUP"));
    if (type != null) {
      header.add("TYPE");
    }
    if (state != null) {
      header.add("STATE");
    }
    int longest = found.stream().mapToInt(g -> g.groupId().length()).max().orElse(0);
    Table table = new Table(header, Math.max(25, longest + 10), 20);
    for (GroupListing group : found) {
      List<Object> row = new ArrayList<>(List.of(group.groupId()));
      if (type != null) {
        row.add(typeOf(group));
      }
      if (state != null) {
        row.add(stateOf(group));
      }
      table.row(row.toArray());
    }
    table.lines().forEach(this::print);
  }

  private static String stateOf(GroupListing group) {
    return group.groupState().map(GroupState::toString).orElse("Unknown");
  }

  private static String typeOf(GroupListing group) {
    return group.type().map(Object::toString).orElse("Unknown");
  }

  private static boolean wanted(String filter, String value) {
    return filter == null
        || filter.isBlank()
        || Stream.of(filter.split(",", -1))
            .anyMatch(
                f -> f.strip().toLowerCase(Locale.ROOT).equals(value.toLowerCase(Locale.ROOT)));
  }

  private int describe(Admin admin, List<String> names) throws Exception {
    int exitCode = 0;
    List<Object> result = new ArrayList<>();
    Map<String, KafkaFuture<ConsumerGroupDescription>> answers =
        admin.describeConsumerGroups(names).describedGroups();
    for (String name : names) {
      ConsumerGroupDescription group;
      try {
        group = await(answers.get(name));
      } catch (GroupIdNotFoundException e) {
        note("Error: Consumer group '" + name + "' does not exist.");
        exitCode = 1;
        continue;
      }
      if (group.groupState() == GroupState.DEAD) {
        note("Error: Consumer group '" + name + "' does not exist.");
        exitCode = 1;
        continue;
      }
      warn(group);
      if (members) {
        result.addAll(describeMembers(group));
      } else if (state != null) {
        result.add(describeState(group));
      } else {
        result.addAll(describeOffsets(admin, group));
      }
    }
    if (json()) {
      String what = members ? "members" : "offsets";
      printJson(Json.object(state != null ? "groups" : what, result));
    }
    return exitCode;
  }

  private void warn(ConsumerGroupDescription group) {
    if (group.groupState() == GroupState.EMPTY) {
      note("Consumer group '" + group.groupId() + "' has no active members.");
    } else if (group.groupState() != GroupState.STABLE) {
      note("Warning: Consumer group '" + group.groupId() + "' is rebalancing.");
    }
  }

  private List<Map<String, Object>> describeOffsets(Admin admin, ConsumerGroupDescription group)
      throws Exception {
    List<OffsetRow> rows = new GroupReader(admin).rows(group);
    if (!json() && !rows.isEmpty()) {
      print("");
      offsetTable(rows).lines().forEach(this::print);
    }
    return rows.stream().map(OffsetRow::json).toList();
  }

  static Table offsetTable(List<OffsetRow> rows) {
    Table table =
        new Table(
            List.of(
                "GROUP",
                "TOPIC",
                "PARTITION",
                "CURRENT-OFFSET",
                "LOG-END-OFFSET",
                "LAG",
                "CONSUMER-ID",
                "HOST",
                "CLIENT-ID"),
            15,
            15,
            10,
            15,
            15,
            15,
            15,
            15);
    for (OffsetRow row : rows) {
      table.row(
          row.group(),
          row.topic(),
          row.partition(),
          row.current(),
          row.end(),
          row.lag(),
          row.consumerId(),
          row.host(),
          row.clientId());
    }
    return table;
  }

  private List<Map<String, Object>> describeMembers(ConsumerGroupDescription group) {
    List<String> header =
        new ArrayList<>(List.of("GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"));
    boolean instances = group.members().stream().anyMatch(m -> m.groupInstanceId().isPresent());
    if (instances) {
      header.add(2, "GROUP-INSTANCE-ID");
    }
    if (verbose) {
      header.add("ASSIGNMENT");
    }
    Table table = new Table(header, 15, 15, 15, 15, 15, 15);
    List<Map<String, Object>> result = new ArrayList<>();
    for (MemberDescription member : group.members()) {
      int size = member.assignment().topicPartitions().size();
      List<Object> row = new ArrayList<>();
      row.add(group.groupId());
      row.add(member.consumerId());
      if (instances) {
        row.add(member.groupInstanceId().orElse(null));
      }
      row.add(member.host());
      row.add(member.clientId());
      row.add(size);
      if (verbose) {
        row.add(size == 0 ? null : GroupReader.assignment(member));
      }
      table.row(row.toArray());
      result.add(
          Json.object(
              "group", group.groupId(),
              "consumerId", member.consumerId(),
              "groupInstanceId", member.groupInstanceId().orElse(null),
              "host", member.host(),
              "clientId", member.clientId(),
              "partitions",
                  member.assignment().topicPartitions().stream()
                      .sorted(GroupReader.ORDER)
                      .map(Object::toString)
                      .toList()));
    }
    if (!json() && !result.isEmpty()) {
      print("");
      table.lines().forEach(this::print);
    }
    return result;
  }

  private Map<String, Object> describeState(ConsumerGroupDescription group) {
    String coordinator =
        group.coordinator().host()
            + ":"
            + group.coordinator().port()
            + "  ("
            + group.coordinator().idString()
            + ")";
    Table table =
        new Table(
            List.of("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"),
            25,
            25,
            20,
            15);
    table.row(
        group.groupId(),
        coordinator,
        group.partitionAssignor(),
        group.groupState(),
        group.members().size());
    if (!json()) {
      print("");
      table.lines().forEach(this::print);
    }
    return Json.object(
        "group", group.groupId(),
        "coordinator", group.coordinator().id(),
        "assignmentStrategy", group.partitionAssignor(),
        "state", group.groupState().toString(),
        "members", group.members().size());
  }

  private int delete(Admin admin, List<String> names) throws Exception {
    List<String> deleted = new ArrayList<>();
    List<Map<String, Object>> failed = new ArrayList<>();
    Map<String, KafkaFuture<Void>> answers = admin.deleteConsumerGroups(names).deletedGroups();
    for (String name : names) {
      try {
        await(answers.get(name));
        deleted.add(name);
      } catch (KafkaException e) {
        if (failed.isEmpty()) {
          printText("");
          printText("Error: Deletion of some consumer groups failed:");
        }
        printText("* Group '" + name + "' could not be deleted due to: " + Errors.line(e));
        failed.add(Json.object("group", name, "error", Errors.line(e)));
      }
    }
    if (!deleted.isEmpty()) {
      printText(
          "Deletion of requested consumer groups ("
              + String.join(", ", deleted.stream().map(name -> "'" + name + "'").toList())
              + ") was successful.");
    }
    if (json()) {
      printJson(Json.object("deleted", deleted, "failed", failed));
    }
    return failed.isEmpty() ? 0 : 1;
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new ConsumerGroups(), args);
  }
}
