package io.ottla.tools.configs;

import io.ottla.tools.cli.ToolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The lists of {@code --add-config} and {@code --delete-config}: commas separate entries, brackets
 * keep commas in a value.
 */
final class ConfigList {
  private ConfigList() {}

  /** {@code a=1,b=[x,y]} as a map; brackets around a value are taken off. */
  static Map<String, String> toAdd(String text) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String entry : split(text)) {
      int at = entry.indexOf('=');
      if (at <= 0) {
        throw new ToolException(
            "'" + entry + "' of --add-config is not of the form key=value or key=[value,value]");
      }
      String value = entry.substring(at + 1).strip();
      if (value.startsWith("[") && value.endsWith("]")) {
        value = value.substring(1, value.length() - 1).strip();
      }
      result.put(entry.substring(0, at).strip(), value);
    }
    return result;
  }

  /** {@code a,b} as a list of names. */
  static List<String> toDelete(String text) {
    return split(text).stream().map(String::strip).filter(name -> !name.isEmpty()).toList();
  }

  private static List<String> split(String text) {
    List<String> entries = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '[') {
        depth++;
      } else if (c == ']') {
        depth--;
      } else if (c == ',' && depth == 0) {
        entries.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    if (depth != 0) {
      throw new ToolException("The brackets in '" + text + "' do not match");
    }
    entries.add(text.substring(start).strip());
    entries.removeIf(String::isEmpty);
    return entries;
  }
}
