package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** {@code /controller}, ephemeral: who holds the office. */
public final class ControllerZNode {
  public static final String PATH = "/controller";

  private ControllerZNode() {}

  public static byte[] encode(int brokerId, long timestampMs) {
    ObjectNode node = Json.object();
    node.put("version", 2);
    node.put("brokerid", brokerId);
    node.put("timestamp", Long.toString(timestampMs));
    node.put("kraftControllerEpoch", -1);
    return Json.encode(node);
  }

  /** The broker in office. */
  public static int decode(byte[] data) {
    return Json.required(PATH, Json.decode(PATH, data), "brokerid").intValue();
  }
}
