package io.ottla.tools.configs;

import io.ottla.tools.cli.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConfigEntry;

/** The text and JSON of a configuration. */
final class ConfigFormat {
  private ConfigFormat() {}

  static String line(ConfigEntry entry) {
    String synonyms =
        entry.synonyms().stream()
            .map(s -> s.source() + ":" + s.name() + "=" + s.value())
            .collect(Collectors.joining(", "));
    return "  "
        + entry.name()
        + "="
        + entry.value()
        + " sensitive="
        + entry.isSensitive()
        + " synonyms={"
        + synonyms
        + "}";
  }

  static Map<String, Object> json(Entity entity, List<ConfigEntry> entries) {
    return Json.object(
        "type", entity.kind().singular(),
        "name", entity.isDefault() ? null : entity.name(),
        "configs", entries.stream().map(ConfigFormat::json).toList());
  }

  private static Map<String, Object> json(ConfigEntry entry) {
    return Json.object(
        "name", entry.name(),
        "value", entry.value(),
        "source", entry.source().name(),
        "sensitive", entry.isSensitive(),
        "readOnly", entry.isReadOnly(),
        "synonyms",
            entry.synonyms().stream()
                .map(
                    s ->
                        Json.object(
                            "source", s.source().name(), "name", s.name(), "value", s.value()))
                .toList());
  }
}
