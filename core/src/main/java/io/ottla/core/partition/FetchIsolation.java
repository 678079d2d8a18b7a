package io.ottla.core.partition;

/** How far a read may go. */
public enum FetchIsolation {
  /** To the end of the log: followers. */
  LOG_END,
  /** To the high watermark: consumers. */
  HIGH_WATERMARK,
  /** To the last stable offset: consumers that want committed transactions only. */
  COMMITTED
}
