package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.BrokerRegistration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;

/**
 * Places the replicas of partitions: first replicas go round the brokers, further ones follow at a
 * shift that grows with every round, so that the followers of one broker's leaders are spread over
 * all others. When every broker names its rack, brokers are taken from the racks in turn and no
 * rack gets a second replica while another has none. Pure, but for the given random source.
 */
public final class ReplicaPlacement {
  private final List<Integer> order;
  private final Map<Integer, String> racks;
  private final int rackCount;

  private ReplicaPlacement(List<BrokerRegistration> brokers) {
    boolean rackAware = brokers.stream().allMatch(b -> b.rack().isPresent());
    this.racks = new HashMap<>();
    for (BrokerRegistration broker : brokers) {
      // Without racks each broker is a rack of its own, which makes the rack rule void.
      racks.put(broker.id(), rackAware ? broker.rack().get() : String.valueOf(broker.id()));
    }
    this.rackCount = new HashSet<>(racks.values()).size();
    this.order =
        rackAware ? interleave(brokers) : brokers.stream().map(BrokerRegistration::id).toList();
  }

  /**
   * Places new partitions.
   *
   * @param live live brokers; draining ones are used only when there are too few others
   * @param firstPartition number of the first partition to place
   * @param count partitions to place
   * @param replicationFactor replicas of each
   * @param firstBroker broker that leads partition 0 of the topic; -1 to choose any
   * @return replicas of each placed partition, the preferred leader first
   * @throws InvalidReplicationFactorException when there are fewer brokers than replicas
   */
  public static List<List<Integer>> place(
      Collection<BrokerRegistration> live,
      int firstPartition,
      int count,
      int replicationFactor,
      int firstBroker,
      RandomGenerator random) {
    List<BrokerRegistration> usable =
        new ArrayList<>(live.stream().filter(b -> !b.draining()).toList());
    if (usable.size() < replicationFactor) {
      usable = new ArrayList<>(live);
    }
    if (replicationFactor < 1) {
      throw new InvalidReplicationFactorException(
          "Replication factor must be larger than 0, but is " + replicationFactor + ".");
    }
    if (usable.size() < replicationFactor) {
      throw new InvalidReplicationFactorException(
          "Replication factor: "
              + replicationFactor
              + " larger than available brokers: "
              + usable.size()
              + ".");
    }
    usable.sort(Comparator.comparingInt(BrokerRegistration::id));
    ReplicaPlacement placement = new ReplicaPlacement(usable);
    int known = placement.order.indexOf(firstBroker);
    int start = known >= 0 ? known : random.nextInt(usable.size());
    return placement.assign(
        firstPartition, count, replicationFactor, start, random.nextInt(usable.size()));
  }

  private List<List<Integer>> assign(
      int firstPartition, int count, int replicationFactor, int start, int firstShift) {
    int n = order.size();
    int shift = firstShift;
    List<List<Integer>> result = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int partition = firstPartition + i;
      if (i > 0 && partition % n == 0) {
        shift++;
      }
      result.add(replicas((int) (((long) partition + start) % n), shift, replicationFactor));
    }
    return result;
  }

  private List<Integer> replicas(int first, int shift, int replicationFactor) {
    int n = order.size();
    List<Integer> chosen = new ArrayList<>(replicationFactor);
    Set<String> usedRacks = new HashSet<>();
    chosen.add(order.get(first));
    usedRacks.add(racks.get(order.get(first)));
    // Moving by whole rounds of racks keeps the step aligned with the interleaved order.
    int step = rackCount < n ? shift * rackCount : shift;
    while (chosen.size() < replicationFactor) {
      for (int k = 0; chosen.size() < replicationFactor && k < n - 1; k++) {
        int broker = order.get((first + 1 + Math.floorMod(step + k, n - 1)) % n);
        boolean rackFree = usedRacks.size() == rackCount || !usedRacks.contains(racks.get(broker));
        if (rackFree && !chosen.contains(broker)) {
          chosen.add(broker);
          usedRacks.add(racks.get(broker));
        }
      }
    }
    return List.copyOf(chosen);
  }

  private static List<Integer> interleave(List<BrokerRegistration> brokers) {
    TreeMap<String, Deque<Integer>> byRack = new TreeMap<>();
    for (BrokerRegistration broker : brokers) {
      byRack.computeIfAbsent(broker.rack().orElseThrow(), r -> new ArrayDeque<>()).add(broker.id());
    }
    List<Integer> result = new ArrayList<>();
    while (result.size() < brokers.size()) {
      for (Deque<Integer> rack : byRack.values()) {
        if (!rack.isEmpty()) {
          result.add(rack.poll());
        }
      }
    }
    return result;
  }
}
