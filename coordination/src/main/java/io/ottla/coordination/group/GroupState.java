package io.ottla.coordination.group;

import java.util.EnumSet;
import java.util.Set;

/** Phase of a classic group, with the names that ListGroups and DescribeGroups report. */
public enum GroupState {
  /** No members; offsets may exist. */
  EMPTY("Empty"),
  /** Members are asked to join again; ends when all have, or at the rebalance timeout. */
  PREPARING_REBALANCE("PreparingRebalance"),
  /** A generation exists; waiting for the leader's assignment. */
  COMPLETING_REBALANCE("CompletingRebalance"),
  /** Every member has, or can ask for, its assignment. */
  STABLE("Stable"),
  /** Removed; nothing leads out of it. */
  DEAD("Dead");

  private final String wireName;

  GroupState(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  /** The states from which this one may be entered. */
  Set<GroupState> predecessors() {
    return switch (this) {
      case EMPTY -> EnumSet.of(PREPARING_REBALANCE);
      case PREPARING_REBALANCE -> EnumSet.of(STABLE, COMPLETING_REBALANCE, EMPTY);
      case COMPLETING_REBALANCE -> EnumSet.of(PREPARING_REBALANCE);
      case STABLE -> EnumSet.of(COMPLETING_REBALANCE);
      case DEAD -> EnumSet.of(EMPTY, PREPARING_REBALANCE, COMPLETING_REBALANCE, STABLE);
    };
  }
}
