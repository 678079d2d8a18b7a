package io.ottla.core.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * Reads the tables of keys kept as resources beside this class. Thread-safe: only static functions.
 */
final class KeyTable {
  private static final Map<String, ConfigDef.Type> TYPES =
      Map.of(
          "bool", ConfigDef.Type.BOOLEAN,
          "string", ConfigDef.Type.STRING,
          "int", ConfigDef.Type.INT,
          "short", ConfigDef.Type.SHORT,
          "long", ConfigDef.Type.LONG,
          "double", ConfigDef.Type.DOUBLE,
          "list", ConfigDef.Type.LIST,
          "password", ConfigDef.Type.PASSWORD);

  private KeyTable() {}

  /** The rows of a table, each split into exactly {@code columns} trimmed columns. */
  static List<String[]> read(String resource, int columns) {
    List<String[]> rows = new ArrayList<>();
    try (InputStream in = KeyTable.class.getResourceAsStream(resource);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        String[] row = line.split("\\|", -1);
        if (row.length != columns) {
          throw new IllegalStateException(resource + ": not " + columns + " columns: " + line);
        }
        for (int i = 0; i < row.length; i++) {
          row[i] = row[i].trim();
        }
        rows.add(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  static ConfigDef.Type type(String word) {
    ConfigDef.Type type = TYPES.get(word);
    if (type == null) {
      throw new IllegalStateException("no such type: " + word);
    }
    return type;
  }

  /** Null when every value of the type is in range. */
  static ConfigDef.Validator range(String text) {
    if (text.equals("-")) {
      return null;
    }
    if (text.startsWith("one of ")) {
      return new OneOf(Set.of(text.substring(7).split(",", -1)), text);
    }
    if (text.startsWith("all of ")) {
      return new AllOf(Set.of(text.substring(7).split(",", -1)), text);
    }
    List<Interval> parts = new ArrayList<>();
    for (String part : text.split(" or ", -1)) {
      parts.add(Interval.parse(part.trim()));
    }
    return new Intervals(List.copyOf(parts), text);
  }

  private record Interval(double low, double high) {
    static Interval parse(String part) {
      if (part.startsWith(">=")) {
        return new Interval(Double.parseDouble(part.substring(2)), Double.POSITIVE_INFINITY);
      }
      int dots = part.indexOf("..");
      return dots < 0
          ? new Interval(Double.parseDouble(part), Double.parseDouble(part))
          : new Interval(
              Double.parseDouble(part.substring(0, dots)),
              Double.parseDouble(part.substring(dots + 2)));
    }

    boolean contains(double value) {
      return low <= value && value <= high;
    }
  }

  private record Intervals(List<Interval> parts, String text) implements ConfigDef.Validator {
    @Override
    public void ensureValid(String name, Object value) {
      if (value == null) {
        return;
      }
      double number = ((Number) value).doubleValue();
      if (parts.stream().noneMatch(part -> part.contains(number))) {
        throw new ConfigException(name, value, "out of range");
      }
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private record OneOf(Set<String> words, String text) implements ConfigDef.Validator {
    @Override
    public void ensureValid(String name, Object value) {
      if (value != null && !words.contains(value.toString())) {
        throw new ConfigException(name, value, "not a known value");
      }
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private record AllOf(Set<String> words, String text) implements ConfigDef.Validator {
    @Override
    public void ensureValid(String name, Object value) {
      if (value instanceof List<?> list) {
        if (list.isEmpty()) {
          throw new ConfigException(name, value, "empty");
        }
        for (Object item : list) {
          if (!words.contains(item.toString().toLowerCase(Locale.ROOT))) {
            throw new ConfigException(name, item, "not a known value");
          }
        }
      }
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
