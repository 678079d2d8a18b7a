package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionState;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code /brokers/topics/<topic>/partitions/<partition>/state}. Kafka's version 1, and beside it
 * {@code isr_epochs} (broker epochs in the order of {@code isr}) and, when there are any, {@code
 * elr} with {@code elr_epochs}.
 */
public final class PartitionStateZNode {
  private static final long UNKNOWN_EPOCH = -1;

  private PartitionStateZNode() {}

  public static String parent(String topic, int partition) {
    return TopicZNode.partitionsPath(topic) + "/" + partition;
  }

  public static String path(String topic, int partition) {
    return parent(topic, partition) + "/state";
  }

  public static byte[] encode(PartitionState state) {
    ObjectNode node = Json.object();
    node.put("controller_epoch", state.controllerEpoch());
    node.put("leader", state.leader());
    node.put("version", 1);
    node.put("leader_epoch", state.leaderEpoch());
    put(node, "isr", state.isr());
    if (!state.eligible().isEmpty()) {
      put(node, "elr", state.eligible());
    }
    if (state.recovering()) {
      node.put("leader_recovery_state", 1);
    }
    return Json.encode(node);
  }

  /**
   * Decodes a state, ours or Kafka's.
   *
   * @throws IllegalArgumentException naming path and content
   */
  public static PartitionState decode(String path, byte[] data) {
    JsonNode node = Json.decode(path, data);
    return new PartitionState(
        Json.required(path, node, "controller_epoch").intValue(),
        Json.required(path, node, "leader").intValue(),
        Json.required(path, node, "leader_epoch").intValue(),
        members(node, "isr"),
        members(node, "elr"),
        node.path("leader_recovery_state").intValue() == 1);
  }

  private static void put(ObjectNode node, String field, List<IsrMember> members) {
    ArrayNode ids = node.putArray(field);
    ArrayNode epochs = node.putArray(field + "_epochs");
    for (IsrMember member : members) {
      ids.add(member.brokerId());
      epochs.add(member.brokerEpoch());
    }
  }

  /**
   * An ISR that Kafka wrote, also by rewriting one of ours, has no usable epochs: nobody in it
   * counts as current.
   */
  private static List<IsrMember> members(JsonNode node, String field) {
    JsonNode ids = node.path(field);
    JsonNode epochs = node.path(field + "_epochs");
    boolean known = epochs.size() == ids.size();
    List<IsrMember> members = new ArrayList<>(ids.size());
    for (int i = 0; i < ids.size(); i++) {
      members.add(
          new IsrMember(ids.get(i).intValue(), known ? epochs.get(i).longValue() : UNKNOWN_EPOCH));
    }
    return members;
  }
}
