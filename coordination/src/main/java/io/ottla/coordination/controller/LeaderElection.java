package io.ottla.coordination.controller;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Who leads a partition, and who is in sync, given who is alive. Pure; a decision applied yields a
 * state about which there is nothing more to decide.
 *
 * <p>Words: a member of the ISR is <em>current</em> while the registration under which it was in
 * sync lives. It is <em>distrusted</em> when its broker has registered anew and says that unflushed
 * data may be lost. Who neither is current nor distrusted either is down or has come back with
 * everything it ever acknowledged.
 */
public final class LeaderElection {
  private final PartitionImage partition;
  private final Map<Integer, BrokerRegistration> brokers;
  private final int minIsr;
  private final boolean unclean;
  private final int controllerEpoch;

  private LeaderElection(
      PartitionImage partition,
      Map<Integer, BrokerRegistration> brokers,
      int minIsr,
      boolean unclean,
      int controllerEpoch) {
    this.partition = partition;
    this.brokers = brokers;
    this.minIsr = effectiveMinIsr(partition, minIsr);
    this.unclean = unclean;
    this.controllerEpoch = controllerEpoch;
  }

  /**
   * The state the partition should have.
   *
   * @param brokers live brokers
   * @param minIsr min.insync.replicas of the topic
   * @param unclean whether a replica that may lack committed records may lead when nobody else can
   * @param controllerEpoch epoch of the deciding controller
   * @return empty when the state is right as it is, or when a new partition has no live replica yet
   */
  public static Optional<PartitionState> decide(
      PartitionImage partition,
      Map<Integer, BrokerRegistration> brokers,
      int minIsr,
      boolean unclean,
      int controllerEpoch) {
    LeaderElection election =
        new LeaderElection(partition, brokers, minIsr, unclean, controllerEpoch);
    return partition.state() == null ? election.firstLeader() : election.next();
  }

  /**
   * Leadership for the first assigned replica.
   *
   * @return empty when it leads already, or is not in sync and alive
   */
  public static Optional<PartitionState> preferred(
      PartitionImage partition, Map<Integer, BrokerRegistration> brokers, int controllerEpoch) {
    PartitionState state = partition.state();
    if (state == null || partition.replicas().isEmpty()) {
      return Optional.empty();
    }
    int head = partition.replicas().get(0);
    BrokerRegistration registration = brokers.get(head);
    IsrMember member = state.isrMember(head);
    if (state.leader() == head
        || registration == null
        || registration.draining()
        || member == null
        || member.brokerEpoch() != registration.epoch()) {
      return Optional.empty();
    }
    return Optional.of(
        new PartitionState(
            controllerEpoch,
            head,
            state.leaderEpoch() + 1,
            state.isr(),
            state.eligible(),
            state.recovering()));
  }

  /**
   * The smaller of min.insync.replicas and the replication factor, which does not count replicas
   * being added.
   */
  public static int effectiveMinIsr(PartitionImage partition, int minIsr) {
    int replicationFactor = partition.replicas().size() - partition.adding().size();
    return Math.max(1, Math.min(minIsr, replicationFactor));
  }

  private Optional<PartitionState> firstLeader() {
    List<IsrMember> isr = live(b -> !b.draining());
    if (isr.isEmpty()) {
      List<IsrMember> draining = live(b -> true);
      if (draining.isEmpty()) {
        return Optional.empty();
      }
      isr = draining.subList(0, 1); // the others would have to leave at once
    }
    return Optional.of(
        new PartitionState(controllerEpoch, isr.get(0).brokerId(), 0, isr, List.of(), false));
  }

  private List<IsrMember> live(Predicate<BrokerRegistration> condition) {
    List<IsrMember> members = new ArrayList<>();
    for (int replica : partition.replicas()) {
      BrokerRegistration broker = brokers.get(replica);
      if (broker != null && condition.test(broker)) {
        members.add(new IsrMember(replica, broker.epoch()));
      }
    }
    return members;
  }

  private Optional<PartitionState> next() {
    PartitionState state = partition.state();
    PartitionState trusted = withoutDistrusted(state);
    IsrMember leader = state.isrMember(state.leader());
    boolean leads = leader != null && current(leader);
    Optional<Integer> inSync = candidate(id -> currentIn(trusted.isr(), id) && !draining(id));
    PartitionState result;
    if (leads && !(draining(state.leader()) && inSync.isPresent())) {
      result = trusted.withIsr(remaining(trusted, state.leader()), minIsr);
    } else if (leads || inSync.isPresent()) {
      result = elect(trusted, inSync.orElseThrow(), false);
    } else {
      result = electFallback(state, trusted);
    }
    return result.equals(state) ? Optional.empty() : Optional.of(signed(result));
  }

  /**
   * Nobody current is left in the ISR: who came back with its data, the last known member, or
   * whoever is alive.
   */
  private PartitionState electFallback(PartitionState state, PartitionState trusted) {
    Optional<Integer> returned = candidate(id -> holdsCommitted(trusted, id) && !draining(id));
    if (returned.isEmpty()) {
      returned = candidate(id -> holdsCommitted(trusted, id));
    }
    if (returned.isPresent()) {
      return elect(trusted, returned.get(), false);
    }
    if (trusted.isr().isEmpty() && trusted.eligible().isEmpty()) {
      // Everyone that held the committed records is distrusted, and none else can know more than
      // they do.
      Optional<Integer> lastKnown = candidate(id -> member(state, id) && !draining(id));
      if (lastKnown.isEmpty()) {
        lastKnown = candidate(id -> member(state, id));
      }
      if (lastKnown.isPresent()) {
        return elect(trusted, lastKnown.get(), true);
      }
    }
    if (unclean) {
      Optional<Integer> any = candidate(id -> brokers.get(id).trusted() && !draining(id));
      if (any.isEmpty()) {
        any = candidate(id -> true);
      }
      if (any.isPresent()) {
        PartitionState cleared =
            new PartitionState(
                state.controllerEpoch(),
                state.leader(),
                state.leaderEpoch(),
                List.of(),
                List.of(),
                true);
        return elect(cleared, any.get(), true);
      }
    }
    if (!state.hasLeader()) {
      return trusted;
    }
    return new PartitionState(
        state.controllerEpoch(),
        PartitionState.NO_LEADER,
        state.leaderEpoch() + 1,
        trusted.isr(),
        trusted.eligible(),
        state.recovering());
  }

  private PartitionState elect(PartitionState state, int leader, boolean recovering) {
    List<IsrMember> isr = remaining(state, leader);
    PartitionState shrunk = state.withIsr(isr, minIsr);
    return new PartitionState(
        state.controllerEpoch(),
        leader,
        state.leaderEpoch() + 1,
        shrunk.isr(),
        shrunk.eligible(),
        state.recovering() || recovering);
  }

  /**
   * The members that stay in sync under this leader, who is first to be added when it was not among
   * them.
   */
  private List<IsrMember> remaining(PartitionState state, int leader) {
    List<IsrMember> isr = new ArrayList<>();
    if (!currentIn(state.isr(), leader)) {
      isr.add(new IsrMember(leader, brokers.get(leader).epoch()));
    }
    for (IsrMember member : state.isr()) {
      if (current(member) && (member.brokerId() == leader || !draining(member.brokerId()))) {
        isr.add(member);
      }
    }
    return isr;
  }

  private PartitionState withoutDistrusted(PartitionState state) {
    return new PartitionState(
        state.controllerEpoch(),
        state.leader(),
        state.leaderEpoch(),
        state.isr().stream().filter(m -> !distrusted(m)).toList(),
        state.eligible().stream().filter(m -> !distrusted(m)).toList(),
        state.recovering());
  }

  private PartitionState signed(PartitionState state) {
    return new PartitionState(
        controllerEpoch,
        state.leader(),
        state.leaderEpoch(),
        state.isr(),
        state.eligible(),
        state.recovering());
  }

  private Optional<Integer> candidate(Predicate<Integer> condition) {
    return partition.replicas().stream()
        .filter(id -> brokers.containsKey(id) && condition.test(id))
        .findFirst();
  }

  private boolean current(IsrMember member) {
    BrokerRegistration broker = brokers.get(member.brokerId());
    return broker != null && broker.epoch() == member.brokerEpoch();
  }

  private boolean currentIn(List<IsrMember> members, int id) {
    return members.stream().anyMatch(m -> m.brokerId() == id && current(m));
  }

  private boolean distrusted(IsrMember member) {
    BrokerRegistration broker = brokers.get(member.brokerId());
    return broker != null && !broker.trusted() && broker.epoch() != member.brokerEpoch();
  }

  private boolean draining(int id) {
    BrokerRegistration broker = brokers.get(id);
    return broker != null && broker.draining();
  }

  private static boolean holdsCommitted(PartitionState trusted, int id) {
    return member(trusted, id);
  }

  private static boolean member(PartitionState state, int id) {
    return state.inIsr(id) || state.eligible().stream().anyMatch(m -> m.brokerId() == id);
  }
}
