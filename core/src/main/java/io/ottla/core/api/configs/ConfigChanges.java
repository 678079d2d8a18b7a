package io.ottla.core.api.configs;

import io.ottla.core.config.BrokerKey;
import io.ottla.core.config.BrokerKeys;
import io.ottla.core.config.TopicConfigs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;

/** Applies the operations of IncrementalAlterConfigs to a map of overrides. Pure functions. */
final class ConfigChanges {

  /**
   * One operation.
   *
   * @param value null for a deletion
   */
  record Operation(String name, AlterConfigOp.OpType type, String value) {}

  private ConfigChanges() {}

  /** An operation as it came. */
  static Operation operation(String name, byte code, String value) {
    AlterConfigOp.OpType type = AlterConfigOp.OpType.forId(code);
    if (type == null) {
      throw new InvalidRequestException(
          "Unknown operation " + code + " for " + name + ", must be 0 to 3");
    }
    if (name.isEmpty()) {
      throw new InvalidRequestException("A configuration has an empty name");
    }
    if (type != AlterConfigOp.OpType.DELETE && value == null) {
      throw new InvalidRequestException("Null is not a value for configuration " + name);
    }
    return new Operation(name, type, value);
  }

  /**
   * The overrides after the operations.
   *
   * @param inherited the value of a name without an override, for APPEND and SUBTRACT; may give
   *     null
   * @param isList whether a name holds a list
   */
  static Map<String, String> apply(
      Map<String, String> overrides,
      List<Operation> operations,
      Map<String, String> inherited,
      Predicate<String> isList) {
    Map<String, String> changed = new HashMap<>(overrides);
    Set<String> seen = new LinkedHashSet<>();
    for (Operation operation : operations) {
      String name = operation.name();
      if (!seen.add(name)) {
        throw new InvalidRequestException("The request changes " + name + " more than once");
      }
      switch (operation.type()) {
        case SET -> changed.put(name, operation.value());
        case DELETE -> changed.remove(name);
        case APPEND, SUBTRACT -> {
          if (!isList.test(name)) {
            throw new InvalidConfigurationException(
                "Configuration " + name + " is not a list: values can only be set");
          }
          String present = changed.containsKey(name) ? changed.get(name) : inherited.get(name);
          changed.put(name, combine(operation, items(present)));
        }
      }
    }
    return changed;
  }

  /** What of a new map of overrides is new or different. */
  static Map<String, String> difference(Map<String, String> before, Map<String, String> after) {
    Map<String, String> changed = new HashMap<>(after);
    changed.entrySet().removeAll(before.entrySet());
    return changed;
  }

  static boolean isTopicList(String name) {
    return TopicConfigs.isList(name);
  }

  static boolean isBrokerList(String name) {
    BrokerKey key = BrokerKeys.get(name);
    return key != null && key.type() == ConfigDef.Type.LIST;
  }

  private static String combine(Operation operation, List<String> present) {
    Set<String> result = new LinkedHashSet<>(present);
    if (operation.type() == AlterConfigOp.OpType.APPEND) {
      result.addAll(items(operation.value()));
    } else {
      items(operation.value()).forEach(result::remove);
    }
    return String.join(",", result);
  }

  private static List<String> items(String list) {
    List<String> items = new ArrayList<>();
    if (list != null) {
      for (String item : list.split(",", -1)) {
        if (!item.isBlank()) {
          items.add(item.trim());
        }
      }
    }
    return items;
  }
}
