package io.ottla.coordination.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.Fixtures;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.IsrMember;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Notation. Brokers: {@code 1} lives under the registration known to states, {@code 1'} has
 * registered anew with its data, {@code 1u} anew and distrusted, a {@code d} after it drains.
 * States: leader, ISR, eligible; a prime marks membership under the new registration; {@code R}
 * recovering.
 */
class LeaderElectionTest {
  private static final int EPOCH = 9;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        // what                                  | live        | state          | min | unclean |
        // expected
        "nothing to do                           | 1 2 3       | 1 / 1 2 3 / -  | 2 | no  | same",
        "no leader yet                           | 1 2 3       | none           | 2 | no  | 1 / 1 2 3 / -",
        "new, first replica dead                 | 2 3         | none           | 2 | no  | 2 / 2 3 / -",
        "new, first replica drains               | 1d 2 3      | none           | 2 | no  | 2 / 2 3 / -",
        "new, all drain                          | 1d 2d       | none           | 2 | no  | 1 / 1 / -",
        "new, nobody lives                       | 7           | none           | 2 | no  | same",
        "follower dead                           | 1 2         | 1 / 1 2 3 / -  | 2 | no  | 1 / 1 2 / -",
        "follower dead, below the minimum        | 1           | 1 / 1 2 / -    | 2 | no  | 1 / 1 / 2",
        "two followers dead at once              | 1           | 1 / 1 2 3 / -  | 2 | no  | 1 / 1 / 2 3",
        "follower bounced                        | 1 2' 3      | 1 / 1 2 3 / -  | 2 | no  | 1 / 1 3 / -",
        "follower bounced, below the minimum     | 1 2'        | 1 / 1 2 / -    | 2 | no  | 1 / 1 / 2",
        "leader dead                             | 2 3         | 1 / 1 2 3 / -  | 2 | no  | 2 / 2 3 / -",
        "leader dead, assignment order           | 2 3         | 1 / 1 3 2 / -  | 2 | no  | 2 / 3 2 / -",
        "leader bounced, others in sync          | 1' 2 3      | 1 / 1 2 3 / -  | 2 | no  | 2 / 2 3 / -",
        "leader bounced, alone                   | 1'          | 1 / 1 / -      | 1 | no  | 1 / 1' / -",
        "leader dead, alone in sync              | 2 3         | 1 / 1 / -      | 1 | no  | -1 / 1 / -",
        "leader dead, eligible one lives         | 2           | 1 / 1 / 2      | 2 | no  | 2 / 2 / 1",
        "nobody lives                            | 7           | 1 / 1 2 3 / -  | 2 | no  | -1 / 1 2 3 / -",
        "still nobody                            | 7           | -1 / 1 2 3 / - | 2 | no  | same",
        "member comes back                       | 3'          | -1 / 1 2 3 / - | 2 | no  | 3 / 3' / 1 2",
        "member comes back, minimum of one       | 3'          | -1 / 1 2 3 / - | 1 | no  | 3 / 3' / -",
        "eligible one comes back                 | 2'          | -1 / 1 / 2     | 2 | no  | 2 / 2' / 1",
        "distrusted member leaves, others remain | 1u          | -1 / 1 2 / -   | 2 | no  | -1 / 2 / -",
        "distrusted eligible one leaves          | 2u          | -1 / 1 / 2     | 2 | no  | -1 / 1 / -",
        "distrusted, last of all                 | 1u          | -1 / 1 / -     | 2 | no  | 1 / 1' / - / R",
        "distrusted follower leaves              | 1 2u        | 1 / 1 2 / -    | 2 | no  | 1 / 1 / -",
        "distrusted leader, eligible one dead    | 1u          | 1 / 1 / 2      | 2 | no  | -1 / - / 2",
        "distrusted leader, eligible one lives   | 1u 2'       | 1 / 1 / 2      | 2 | no  | 2 / 2' / -",
        "not in sync, unclean forbidden          | 3           | -1 / 1 / 2     | 2 | no  | same",
        "not in sync, unclean allowed            | 3           | -1 / 1 / 2     | 2 | yes | 3 / 3 / - / R",
        "unclean allowed but not needed          | 2 3         | 1 / 1 2 / -    | 2 | yes | 2 / 2 / 1",
        "leader drains                           | 1d 2 3      | 1 / 1 2 3 / -  | 2 | no  | 2 / 2 3 / -",
        "leader drains, nobody else in sync      | 1d 2 3      | 1 / 1 / -      | 1 | no  | same",
        "leader drains, eligible must wait       | 1d 2        | 1 / 1 / 2      | 2 | no  | same",
        "follower drains                         | 1 2d 3      | 1 / 1 2 3 / -  | 2 | no  | 1 / 1 3 / -",
        "all drain                               | 1d 2d 3d    | 1 / 1 2 3 / -  | 2 | no  | 1 / 1 / 2 3",
        "only a draining one is left             | 2d          | 1 / 1 2 / -    | 1 | no  | 2 / 2 / -",
        "minimum lowered                         | 1           | 1 / 1 / 2      | 1 | no  | 1 / 1 / -",
        "recovering stays recovering             | 2           | 1 / 1 2 / - / R| 1 | no  | 2 / 2 / - / R",
      })
  void decides(
      String what, String live, String state, int minIsr, String unclean, String expected) {
    PartitionImage partition = Fixtures.partition(state(state), 1, 2, 3);
    Optional<PartitionState> next =
        LeaderElection.decide(partition, brokers(live), minIsr, unclean.equals("yes"), EPOCH);
    if (expected.equals("same")) {
      assertThat(next).isEmpty();
      return;
    }
    assertThat(next).isPresent();
    PartitionState decided = next.get();
    assertThat(format(decided)).isEqualTo(expected);
    assertThat(decided.controllerEpoch()).isEqualTo(EPOCH);
    int before = partition.state() == null ? -1 : partition.state().leaderEpoch();
    boolean moved =
        partition.state() == null
            || partition.state().leader() != decided.leader()
            || !Objects.equals(
                partition.state().isrMember(decided.leader()), decided.isrMember(decided.leader()));
    assertThat(decided.leaderEpoch()).isEqualTo(moved ? before + 1 : before);
  }

  /**
   * A decision applied leaves nothing to decide, never lets a distrusted or dead replica lead, and
   * never forgets who may know more.
   */
  @Property(tries = 2000)
  void decisionsSettleAndAreSafe(
      @ForAll("partitions") PartitionImage partition,
      @ForAll("liveBrokers") Map<Integer, BrokerRegistration> live,
      @ForAll boolean unclean) {
    Optional<PartitionState> decided = LeaderElection.decide(partition, live, 2, unclean, EPOCH);
    PartitionState next = decided.orElse(partition.state());
    if (next == null) {
      assertThat(live.keySet()).doesNotContain(1, 2, 3);
      return;
    }
    assertThat(LeaderElection.decide(partition.withState(next, 4), live, 2, unclean, EPOCH))
        .isEmpty();
    if (next.hasLeader()) {
      assertThat(next.isrMember(next.leader()))
          .isEqualTo(new IsrMember(next.leader(), live.get(next.leader()).epoch()));
      assertThat(next.isr())
          .allMatch(
              m ->
                  live.containsKey(m.brokerId())
                      && live.get(m.brokerId()).epoch() == m.brokerEpoch());
    }
    if (partition.state() == null) {
      return;
    }
    PartitionState before = partition.state();
    assertThat(next.leaderEpoch()).isGreaterThanOrEqualTo(before.leaderEpoch());
    boolean knew =
        before.inIsr(next.leader())
            || before.eligible().stream().anyMatch(m -> m.brokerId() == next.leader());
    if (next.hasLeader() && !knew) {
      assertThat(unclean && next.recovering()).isTrue();
    }
  }

  @Provide
  Arbitrary<PartitionImage> partitions() {
    Arbitrary<List<Integer>> where = Arbitraries.integers().between(0, 2).list().ofSize(3);
    return Combinators.combine(where, Arbitraries.of(-1, 1, 2, 3), Arbitraries.of(true, false))
        .as(
            (places, leader, none) -> {
              List<IsrMember> isr = new ArrayList<>();
              List<IsrMember> eligible = new ArrayList<>();
              for (int id = 1; id <= 3; id++) {
                IsrMember member = new IsrMember(id, id * 10L);
                if (places.get(id - 1) == 0 || id == leader) {
                  isr.add(member);
                } else if (places.get(id - 1) == 1) {
                  eligible.add(member);
                }
              }
              boolean empty = isr.isEmpty() && eligible.isEmpty();
              PartitionState state =
                  empty || (none && leader < 0)
                      ? null
                      : Fixtures.state(leader, isr, isr.size() < 2 ? eligible : List.of());
              return Fixtures.partition(state, 1, 2, 3);
            });
  }

  @Provide
  Arbitrary<Map<Integer, BrokerRegistration>> liveBrokers() {
    return Arbitraries.of("", "'", "u", "d", "'d", "ud", "x")
        .list()
        .ofSize(3)
        .map(
            kinds -> {
              List<String> tokens = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                if (!kinds.get(i).equals("x")) {
                  tokens.add((i + 1) + kinds.get(i));
                }
              }
              return brokers(String.join(" ", tokens));
            });
  }

  private static Map<Integer, BrokerRegistration> brokers(String text) {
    Map<Integer, BrokerRegistration> brokers = new HashMap<>();
    for (String token : text.isEmpty() ? new String[0] : text.split(" +", -1)) {
      int id = token.charAt(0) - '0';
      boolean bounced = token.contains("'") || token.contains("u");
      brokers.put(
          id,
          Fixtures.broker(id, id * 10L + (bounced ? 1 : 0))
              .withDraining(token.contains("d"))
              .withTrusted(!token.contains("u")));
    }
    return brokers;
  }

  private static PartitionState state(String text) {
    if (text.equals("none")) {
      return null;
    }
    String[] parts = text.split("/", -1);
    PartitionState state =
        Fixtures.state(Integer.parseInt(parts[0].trim()), members(parts[1]), members(parts[2]));
    return state.withRecovering(parts.length > 3);
  }

  private static List<IsrMember> members(String text) {
    List<IsrMember> members = new ArrayList<>();
    for (String token : text.trim().split(" ", -1)) {
      if (!token.equals("-")) {
        int id = token.charAt(0) - '0';
        members.add(new IsrMember(id, id * 10L));
      }
    }
    return members;
  }

  private static String format(PartitionState state) {
    return state.leader()
        + " / "
        + format(state.isr())
        + " / "
        + format(state.eligible())
        + (state.recovering() ? " / R" : "");
  }

  private static String format(List<IsrMember> members) {
    if (members.isEmpty()) {
      return "-";
    }
    return members.stream()
        .map(m -> m.brokerId() + (m.brokerEpoch() == m.brokerId() * 10L ? "" : "'"))
        .collect(Collectors.joining(" "));
  }
}
