package io.ottla.tools.configs;

import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Tool;
import io.ottla.tools.cli.ToolException;
import io.ottla.tools.configs.Entity.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.internals.Topic;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows and changes the dynamic configuration of topics and brokers. */
@Command(
    name = "kafka-configs.sh",
    description = "Shows and changes the dynamic configuration of topics and brokers.")
public final class ConfigsTool extends AdminTool {
  @Option(names = "--describe", description = "Prints the configuration.")
  private boolean describe;

  @Option(names = "--alter", description = "Changes the configuration.")
  private boolean alter;

  @Option(names = "--all", description = "With --describe: also static settings and defaults.")
  private boolean all;

  @Option(
      names = "--entity-type",
      paramLabel = "<topics|brokers>",
      description = "What has the configuration.")
  private String entityType;

  @Option(names = "--entity-name", description = "The topic's name or the broker's id.")
  private String entityName;

  @Option(names = "--entity-default", description = "The default of all brokers.")
  private boolean entityDefault;

  @Option(names = "--topic", description = "Short for --entity-type topics --entity-name.")
  private String topic;

  @Option(names = "--broker", description = "Short for --entity-type brokers --entity-name.")
  private String broker;

  @Option(
      names = "--broker-defaults",
      description = "Short for --entity-type brokers --entity-default.")
  private boolean brokerDefaults;

  @Option(
      names = "--add-config",
      paramLabel = "<k=v,k=[v,v]>",
      description = "Settings to add or replace; brackets keep the commas of a list.")
  private String addConfig;

  @Option(
      names = "--add-config-file",
      paramLabel = "<file>",
      description = "A properties file of settings to add or replace.")
  private Path addConfigFile;

  @Option(names = "--delete-config", paramLabel = "<k,k>", description = "Settings to remove.")
  private String deleteConfig;

  @SuppressWarnings("UnusedVariable") // an option that is accepted and has no effect
  @Option(names = "--force", description = "Taken for Kafka's sake; nothing is ever asked.")
  private boolean force;

  @Override
  protected String errorPrefix() {
    return "Error while executing config command with args '"
        + String.join(" ", arguments())
        + "' : ";
  }

  @Override
  protected void validate() {
    if (describe == alter) {
      throw new ToolException("Command must include exactly one action: --describe or --alter");
    }
    List<Entity> named = named();
    if (alter) {
      if (addConfig == null && addConfigFile == null && deleteConfig == null) {
        throw new ToolException(
            "--alter needs at least one of --add-config, --add-config-file and --delete-config");
      }
      if (addConfig != null && addConfigFile != null) {
        throw new ToolException("Only one of --add-config and --add-config-file may be given");
      }
      if (named.isEmpty()) {
        throw new ToolException("--alter needs an entity: --topic, --broker or --broker-defaults");
      }
    } else if (addConfig != null || addConfigFile != null || deleteConfig != null) {
      throw new ToolException("--add-config and --delete-config go with --alter");
    }
  }

  /** The entity the user named, or none: then all of the type. */
  private List<Entity> named() {
    List<Entity> result = new ArrayList<>();
    if (topic != null) {
      result.add(new Entity(Kind.TOPIC, topic));
    }
    if (broker != null) {
      result.add(new Entity(Kind.BROKER, broker));
    }
    if (brokerDefaults) {
      result.add(new Entity(Kind.BROKER, ""));
    }
    if (entityType != null) {
      Kind kind = kind();
      if (entityName != null) {
        result.add(new Entity(kind, entityName));
      } else if (entityDefault) {
        result.add(new Entity(kind, ""));
      } else if (result.isEmpty()) {
        return List.of();
      }
    } else if (entityName != null || entityDefault) {
      throw new ToolException("--entity-name and --entity-default need --entity-type");
    }
    if (result.size() != 1) {
      throw new ToolException(
          "Exactly one entity is needed: --entity-type topics or brokers with --entity-name, --topic, --broker"
              + " or --broker-defaults");
    }
    Entity entity = result.get(0);
    if (entity.kind() == Kind.BROKER && !entity.isDefault() && !isBrokerId(entity.name())) {
      throw new ToolException("The broker '" + entity.name() + "' is not a broker id (a number)");
    }
    if (entity.kind() == Kind.TOPIC && entity.isDefault()) {
      throw new ToolException("Topics have no dynamic default; --entity-default is for brokers");
    }
    return result;
  }

  private Kind kind() {
    for (Kind kind : Kind.values()) {
      if (kind.plural().equals(entityType)) {
        return kind;
      }
    }
    throw new ToolException(
        "The entity type '" + entityType + "' is not supported; topics and brokers are");
  }

  private static boolean isBrokerId(String name) {
    return !name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit);
  }

  @Override
  protected int run(Admin admin) throws Exception {
    if (alter) {
      alter(admin, named().get(0));
    } else {
      describe(admin);
    }
    return 0;
  }

  private void alter(Admin admin, Entity entity) throws Exception {
    List<AlterConfigOp> changes = new ArrayList<>();
    toAdd()
        .forEach(
            (key, value) ->
                changes.add(
                    new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
    if (deleteConfig != null) {
      List<String> names = ConfigList.toDelete(deleteConfig);
      Set<String> present =
          entries(admin, entity, false).stream().map(ConfigEntry::name).collect(Collectors.toSet());
      List<String> unknown = names.stream().filter(name -> !present.contains(name)).toList();
      if (!unknown.isEmpty()) {
        throw new ToolException("Invalid config(s): " + String.join(",", unknown));
      }
      names.forEach(
          name ->
              changes.add(
                  new AlterConfigOp(new ConfigEntry(name, ""), AlterConfigOp.OpType.DELETE)));
    }
    await(admin.incrementalAlterConfigs(Map.of(entity.resource(), changes)).all());
    if (json()) {
      printJson(
          Json.object(
              "type", entity.kind().singular(),
              "name", entity.isDefault() ? null : entity.name(),
              "changed", changes.stream().map(c -> c.configEntry().name()).toList()));
    } else {
      print(entity.completed());
    }
  }

  private Map<String, String> toAdd() throws IOException {
    if (addConfigFile != null) {
      return load(addConfigFile);
    }
    return addConfig == null ? new LinkedHashMap<>() : ConfigList.toAdd(addConfig);
  }

  private void describe(Admin admin) throws Exception {
    List<Entity> entities = named();
    if (entities.isEmpty()) {
      entities = every(admin, kind());
    }
    List<Map<String, Object>> result = new ArrayList<>();
    for (Entity entity : entities) {
      List<ConfigEntry> entries = entries(admin, entity, all);
      if (json()) {
        result.add(ConfigFormat.json(entity, entries));
      } else {
        print(entity.describedAs(all));
        entries.forEach(entry -> print(ConfigFormat.line(entry)));
      }
    }
    if (json()) {
      printJson(Json.object("entities", result));
    }
  }

  private static List<Entity> every(Admin admin, Kind kind) throws Exception {
    if (kind == Kind.TOPIC) {
      return await(admin.listTopics(new ListTopicsOptions().listInternal(true)).names()).stream()
          .sorted()
          .map(name -> new Entity(kind, name))
          .toList();
    }
    List<Entity> entities = new ArrayList<>();
    await(admin.describeCluster().nodes()).stream()
        .sorted(Comparator.comparingInt(n -> n.id()))
        .forEach(node -> entities.add(new Entity(kind, node.idString())));
    entities.add(new Entity(kind, ""));
    return entities;
  }

  private static List<ConfigEntry> entries(Admin admin, Entity entity, boolean all)
      throws Exception {
    if (entity.kind() == Kind.TOPIC) {
      Topic.validate(entity.name());
    }
    ConfigResource resource = entity.resource();
    Config config =
        await(
                admin
                    .describeConfigs(
                        List.of(resource), new DescribeConfigsOptions().includeSynonyms(true))
                    .all())
            .get(resource);
    return config.entries().stream()
        .filter(entry -> all || entry.source() == entity.dynamicSource())
        .sorted(Comparator.comparing(ConfigEntry::name))
        .toList();
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new ConfigsTool(), args);
  }
}
