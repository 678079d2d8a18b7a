package io.ottla.coordination;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.Endpoint;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.NewTopicSpec;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Values that tests of several packages need. */
public final class Fixtures {
  private Fixtures() {}

  public static BrokerRegistration broker(int id) {
    return broker(id, -1);
  }

  public static BrokerRegistration broker(int id, long epoch) {
    return new BrokerRegistration(
        id,
        epoch,
        List.of(new Endpoint("PLAINTEXT", "PLAINTEXT", "localhost", 9092 + id)),
        Optional.empty(),
        "incarnation-" + id,
        false,
        true);
  }

  public static BrokerRegistration inRack(int id, String rack) {
    BrokerRegistration plain = broker(id, id);
    return new BrokerRegistration(
        id, id, plain.endpoints(), Optional.of(rack), plain.incarnation(), false, true);
  }

  public static NewTopicSpec topic(String name, int partitions, int replicationFactor) {
    return new NewTopicSpec(name, partitions, (short) replicationFactor, List.of(), Map.of());
  }

  /** A change of overrides that sets one of them. */
  public static UnaryOperator<Map<String, String>> and(String key, String value) {
    return stored -> {
      Map<String, String> next = new HashMap<>(stored);
      next.put(key, value);
      return next;
    };
  }

  /** Members whose broker epoch is ten times the id. */
  public static List<IsrMember> members(int... ids) {
    List<IsrMember> members = new ArrayList<>();
    for (int id : ids) {
      members.add(new IsrMember(id, id * 10L));
    }
    return members;
  }

  public static PartitionState state(int leader, List<IsrMember> isr, List<IsrMember> eligible) {
    return new PartitionState(1, leader, 5, isr, eligible, false);
  }

  public static PartitionImage partition(PartitionState state, Integer... replicas) {
    return new PartitionImage(
        0, Arrays.asList(replicas), List.of(), List.of(), state, state == null ? -1 : 3);
  }
}
