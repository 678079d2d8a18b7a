package io.ottla.core.partition;

import java.util.List;

/** Chooses the replica a consumer reads from ({@code replica.selector.class}). Stateless. */
@FunctionalInterface
public interface ReadReplicaSelector {
  /**
   * A replica that could serve the read.
   *
   * @param brokerId its broker
   * @param rack the broker's rack, empty for none
   * @param endOffset its log end
   * @param leader whether it is the leader
   */
  record Candidate(int brokerId, String rack, long endOffset, boolean leader) {}

  /** Always the leader. */
  ReadReplicaSelector LEADER = (rack, candidates) -> -1;

  /**
   * A replica in the consumer's rack: the leader if it is there, else the most caught up one, else
   * the leader.
   */
  ReadReplicaSelector RACK_AWARE =
      (rack, candidates) -> {
        Candidate best = null;
        for (Candidate candidate : candidates) {
          if (candidate.rack().equals(rack)) {
            if (candidate.leader()) {
              return -1;
            }
            if (best == null || candidate.endOffset() > best.endOffset()) {
              best = candidate;
            }
          }
        }
        return best == null ? -1 : best.brokerId();
      };

  /**
   * Returns the broker to read from, -1 for the leader.
   *
   * @param rack the consumer's rack, not empty
   * @param candidates the leader and the in-sync followers that hold the wanted offset
   */
  int select(String rack, List<Candidate> candidates);
}
