package io.ottla.core.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** The data directories and the upkeep of the logs in them. */
public record LogSettings(
    List<Path> directories,
    int recoveryThreads,
    Duration initialTaskDelay,
    Duration retentionCheckInterval,
    Duration flushCheckInterval,
    Duration recoveryPointCheckpointInterval,
    Duration startOffsetCheckpointInterval,
    int producerIdExpirationMs,
    Duration producerIdExpirationCheckInterval) {

  /** Folder against which relative directories are resolved; the working directory when unset. */
  public static final String HOME_PROPERTY = "ottla.home";

  private static final Duration LONGEST = Duration.ofDays(365);

  public LogSettings {
    directories = List.copyOf(directories);
  }

  static LogSettings from(BrokerValues values) {
    return new LogSettings(
        directories(values),
        values.intValue("num.recovery.threads.per.data.dir"),
        millis(values.longValue("log.initial.task.delay.ms")),
        millis(values.longValue("log.retention.check.interval.ms")),
        millis(values.longValue("log.flush.scheduler.interval.ms")),
        millis(values.intValue("log.flush.offset.checkpoint.interval.ms")),
        millis(values.intValue("log.flush.start.offset.checkpoint.interval.ms")),
        values.intValue("producer.id.expiration.ms"),
        millis(values.intValue("producer.id.expiration.check.interval.ms")));
  }

  private static Duration millis(long value) {
    Duration duration = Duration.ofMillis(value);
    return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
  }

  private static List<Path> directories(BrokerValues values) {
    String key = values.optionalString("log.dirs").isPresent() ? "log.dirs" : "log.dir";
    LinkedHashSet<Path> directories = new LinkedHashSet<>();
    for (String item : values.string(key).split(",", -1)) {
      if (!item.isBlank() && !directories.add(resolve(item.trim()))) {
        values.problem(key, "name each directory once, not twice " + item.trim());
      }
    }
    if (directories.isEmpty()) {
      values.problem(key, "name at least one directory");
    }
    return new ArrayList<>(directories);
  }

  /** A path of the configuration as an absolute one. */
  public static Path resolve(String text) {
    return Path.of(System.getProperty(HOME_PROPERTY, ""))
        .resolve(text)
        .toAbsolutePath()
        .normalize();
  }
}
