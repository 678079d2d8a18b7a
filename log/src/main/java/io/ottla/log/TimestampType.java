package io.ottla.log;

/** Whose clock a record's timestamp comes from. */
public enum TimestampType {
  CREATE_TIME,
  LOG_APPEND_TIME
}
