package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ottla.coordination.cluster.ProducerIdBlock;

/** {@code /latest_producer_id_block}: the block handed out last. */
public final class ProducerIdBlockZNode {
  public static final String PATH = "/latest_producer_id_block";

  private ProducerIdBlockZNode() {}

  public static byte[] encode(int brokerId, ProducerIdBlock block) {
    ObjectNode node = Json.object();
    node.put("version", 1);
    node.put("broker", brokerId);
    node.put("block_start", Long.toString(block.first()));
    node.put("block_end", Long.toString(block.first() + block.size() - 1));
    return Json.encode(node);
  }

  /** The first id after the block handed out last; 0 when none was. */
  public static long nextId(byte[] data) {
    if (data == null || data.length == 0) {
      return 0;
    }
    JsonNode node = Json.decode(PATH, data);
    return Json.required(PATH, node, "block_end").asLong() + 1;
  }
}
