package io.ottla.tools.topics;

import io.ottla.tools.cli.ToolException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The replicas of each partition as typed: {@code 1:2,2:3} is partition 0 on brokers 1 and 2,
 * partition 1 on 2 and 3.
 */
final class ReplicaAssignment {
  private ReplicaAssignment() {}

  static Map<Integer, List<Integer>> parse(String text) {
    Map<Integer, List<Integer>> assignment = new LinkedHashMap<>();
    String[] partitions = text.split(",", -1);
    for (int partition = 0; partition < partitions.length; partition++) {
      List<Integer> replicas = new ArrayList<>();
      for (String id : partitions[partition].split(":", -1)) {
        try {
          replicas.add(Integer.parseInt(id.strip()));
        } catch (NumberFormatException e) {
          throw new ToolException(
              "'" + id + "' in --replica-assignment " + text + " is not a broker id", e);
        }
      }
      if (new HashSet<>(replicas).size() != replicas.size()) {
        throw new ToolException(
            "Partition replica lists may not contain duplicate entries: "
                + partitions[partition]
                + " of partition "
                + partition);
      }
      List<Integer> first = assignment.getOrDefault(0, replicas);
      if (first.size() != replicas.size()) {
        throw new ToolException(
            "Partition "
                + partition
                + " has "
                + replicas.size()
                + " replicas in --replica-assignment, partition 0 has "
                + first.size());
      }
      assignment.put(partition, replicas);
    }
    return assignment;
  }
}
