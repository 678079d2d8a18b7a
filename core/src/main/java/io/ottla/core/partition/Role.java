package io.ottla.core.partition;

import org.apache.kafka.common.errors.ApiException;

/**
 * What a replica is at the moment. A new object for every leadership, so that "still the same
 * leadership" is a comparison of references.
 */
sealed interface Role permits LeaderRole, Role.Follower, Role.Offline {
  /** Who leads, -1 for nobody. */
  int leaderId();

  /** Epoch of that leadership, -1 before the first. */
  int leaderEpoch();

  /** Fetches from the leader; a leader id of -1 means it waits for one. */
  final class Follower implements Role {
    private final int leaderId;
    private final int leaderEpoch;

    Follower(int leaderId, int leaderEpoch) {
      this.leaderId = leaderId;
      this.leaderEpoch = leaderEpoch;
    }

    @Override
    public int leaderId() {
      return leaderId;
    }

    @Override
    public int leaderEpoch() {
      return leaderEpoch;
    }

    @Override
    public String toString() {
      return "Follower(leader=" + leaderId + ", epoch=" + leaderEpoch + ")";
    }
  }

  /**
   * Serves nothing: not opened yet, stopped, or failed.
   *
   * @param leaderId who leads as far as known
   * @param leaderEpoch and in which epoch
   * @param failed true when an error stopped it; only a restart of the broker brings it back
   * @param error what a request is told
   */
  record Offline(int leaderId, int leaderEpoch, boolean failed, ApiException error)
      implements Role {}
}
