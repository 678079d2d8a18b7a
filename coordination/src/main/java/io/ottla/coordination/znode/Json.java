package io.ottla.coordination.znode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** JSON as the znodes use it. Decoding names path and content when it fails. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static byte[] encode(ObjectNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot encode " + node, e);
    }
  }

  /** The object in a znode; anything else is refused with path and content. */
  static JsonNode decode(String path, byte[] data) {
    try {
      JsonNode node = data == null ? null : MAPPER.readTree(data);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("znode " + path + " holds no JSON: " + text(data), e);
    }
    throw new IllegalArgumentException("znode " + path + " holds no JSON object: " + text(data));
  }

  /** A field that must be there. */
  static JsonNode required(String path, JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null || value.isNull()) {
      throw new IllegalArgumentException("znode " + path + " lacks \"" + field + "\": " + node);
    }
    return value;
  }

  static List<Integer> integers(JsonNode array) {
    List<Integer> result = new ArrayList<>(array == null ? 0 : array.size());
    if (array != null) {
      for (JsonNode element : array) {
        result.add(element.intValue());
      }
    }
    return result;
  }

  static String text(byte[] data) {
    return data == null ? "nothing" : new String(data, StandardCharsets.UTF_8);
  }
}
