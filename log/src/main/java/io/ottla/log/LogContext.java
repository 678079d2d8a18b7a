package io.ottla.log;

import com.codahale.metrics.Timer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What the logs of a directory need from it. Thread safe. */
interface LogContext {
  LogDirectoryOptions options();

  /** Wall clock, milliseconds. */
  long nowMs();

  /** Times every flush. */
  Timer flushTimer();

  /** The directory's recovery points or high watermarks were lost before this start. */
  boolean checkpointsMissing();

  /** A log was cut and ends at {@code offset} now; returns when no checkpoint claims more. */
  void loweredTo(String log, long offset) throws IOException;

  /** Files that have been renamed away and are to be removed at {@code deadlineMs}. */
  void removeLater(List<Path> files, long deadlineMs);

  /** A disk operation failed in a way that leaves data in doubt. */
  void failed(String log, IOException failure);
}
