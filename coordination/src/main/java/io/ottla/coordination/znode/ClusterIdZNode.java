package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** {@code /cluster/id}: written by the first broker of a cluster, and never again. */
public final class ClusterIdZNode {
  public static final String PATH = "/cluster/id";

  private ClusterIdZNode() {}

  public static byte[] encode(String clusterId) {
    ObjectNode node = Json.object();
    node.put("version", "1");
    node.put("id", clusterId);
    return Json.encode(node);
  }

  public static String decode(byte[] data) {
    return Json.required(PATH, Json.decode(PATH, data), "id").textValue();
  }
}
