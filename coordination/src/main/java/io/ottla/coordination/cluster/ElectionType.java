package io.ottla.coordination.cluster;

/** Elections that can be asked for. */
public enum ElectionType {
  /** Leadership goes to the first assigned replica, if it is in sync. */
  PREFERRED,
  /**
   * A partition without a leader takes any live replica, although it may lack committed records.
   */
  UNCLEAN
}
