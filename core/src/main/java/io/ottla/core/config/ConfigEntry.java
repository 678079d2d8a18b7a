package io.ottla.core.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;

/**
 * One row of DescribeConfigs: the value in force, where it comes from, and every value it won
 * against, strongest first. The value is null when unset or sensitive.
 */
public record ConfigEntry(
    String name,
    String value,
    ConfigSource source,
    ConfigDef.Type type,
    boolean readOnly,
    boolean sensitive,
    String documentation,
    List<Synonym> synonyms) {

  /** A value of the same meaning, perhaps under another name. */
  public record Synonym(String name, String value, ConfigSource source) {}

  /** The type as DescribeConfigs counts: 1 boolean ... 9 password. */
  public byte typeCode() {
    return switch (type) {
      case BOOLEAN -> 1;
      case STRING -> 2;
      case INT -> 3;
      case SHORT -> 4;
      case LONG -> 5;
      case DOUBLE -> 6;
      case LIST -> 7;
      case CLASS -> 8;
      case PASSWORD -> 9;
    };
  }
}
