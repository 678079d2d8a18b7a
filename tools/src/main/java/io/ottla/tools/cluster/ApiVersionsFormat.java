package io.ottla.tools.cluster;

import io.ottla.tools.cli.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * The text and JSON of the requests a broker understands, beside those the client inside can send.
 */
final class ApiVersionsFormat {
  private ApiVersionsFormat() {}

  /**
   * A request.
   *
   * @param name the client's name of it, or UNKNOWN
   * @param min the broker's oldest version; meaningless if not supported
   * @param max the broker's newest version
   * @param supported whether the broker has it
   * @param usable the newest version both know, or -1
   * @param why why no version is usable, or null
   */
  record Row(
      short key, String name, short min, short max, boolean supported, int usable, String why) {

    String text() {
      if (!supported) {
        return name + "(" + key + "): UNSUPPORTED";
      }
      String range = min == max ? "" + min : min + " to " + max;
      String usability = "";
      if (why != null) {
        usability = " [unusable: " + why + "]";
      } else if (usable >= 0) {
        usability = " [usable: " + usable + "]";
      }
      return name + "(" + key + "): " + range + usability;
    }
  }

  static List<Row> rows(Collection<ApiVersion> versions) {
    Map<Short, Row> rows = new TreeMap<>();
    for (ApiKeys key : ApiKeys.clientApis()) {
      rows.put(
          key.id, new Row(key.id, key.name, (short) -1, (short) -1, false, -1, "not supported"));
    }
    for (ApiVersion version : versions) {
      rows.put(version.apiKey(), row(version));
    }
    return new ArrayList<>(rows.values());
  }

  private static Row row(ApiVersion v) {
    if (!ApiKeys.hasId(v.apiKey())) {
      return new Row(v.apiKey(), "UNKNOWN", v.minVersion(), v.maxVersion(), true, -1, null);
    }
    ApiKeys key = ApiKeys.forId(v.apiKey());
    int usable = Math.min(v.maxVersion(), key.latestVersion());
    String why = null;
    if (v.maxVersion() < key.oldestVersion()) {
      why = "node too old";
    } else if (v.minVersion() > key.latestVersion()) {
      why = "node too new";
    }
    return new Row(
        key.id, key.name, v.minVersion(), v.maxVersion(), true, why == null ? usable : -1, why);
  }

  static String text(Node node, List<Row> rows) {
    return address(node)
        + " -> (\n\t"
        + String.join(",\n\t", rows.stream().map(Row::text).toList())
        + "\n)";
  }

  static String failure(Node node, String error) {
    return address(node) + " -> ERROR: " + error;
  }

  private static String address(Node node) {
    return node.host()
        + ":"
        + node.port()
        + " (id: "
        + node.idString()
        + " rack: "
        + node.rack()
        + ")";
  }

  static Map<String, Object> json(Node node, List<Row> rows, String error) {
    return Json.object(
        "id", node.id(),
        "host", node.host(),
        "port", node.port(),
        "rack", node.rack(),
        "error", error,
        "apis", rows.stream().map(ApiVersionsFormat::json).toList());
  }

  private static Map<String, Object> json(Row row) {
    return Json.object(
        "key",
        row.key(),
        "name",
        row.name(),
        "supported",
        row.supported(),
        "minVersion",
        row.supported() ? row.min() : null,
        "maxVersion",
        row.supported() ? row.max() : null,
        "usableVersion",
        row.usable() < 0 ? null : row.usable());
  }
}
