package io.ottla.tools.groups;

import io.ottla.tools.cli.Json;
import java.util.Map;

/**
 * What a group has read of a partition. What is not known is null.
 *
 * @param current the committed offset
 * @param end the log's end
 */
record OffsetRow(
    String group,
    String topic,
    int partition,
    Long current,
    Long end,
    String consumerId,
    String host,
    String clientId) {

  Long lag() {
    return current == null || end == null ? null : Long.valueOf(end - current);
  }

  Map<String, Object> json() {
    return Json.object(
        "group", group,
        "topic", topic,
        "partition", partition,
        "currentOffset", current,
        "logEndOffset", end,
        "lag", lag(),
        "consumerId", consumerId,
        "host", host,
        "clientId", clientId);
  }
}
