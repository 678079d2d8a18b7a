package io.ottla.log;

import java.util.UUID;
import java.util.regex.Pattern;

/** Names of partition directories: {@code topic-partition}, and what they become when removed. */
final class PartitionNames {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}-\\d{1,10}");
  private static final Pattern REMOVED = Pattern.compile(".+\\.[0-9a-f]{32}-delete");
  private static final Pattern SET_ASIDE = Pattern.compile(".+\\.[0-9a-f]{32}-(stray|future)");
  private static final int MAX_LENGTH = 255;

  private PartitionNames() {}

  static boolean isPartition(String name) {
    return NAME.matcher(name).matches() && !isRemoved(name) && !SET_ASIDE.matcher(name).matches();
  }

  static boolean isRemoved(String name) {
    return REMOVED.matcher(name).matches();
  }

  static void check(String name) {
    if (!isPartition(name)) {
      throw new IllegalArgumentException(
          "'" + name + "' is no name of a partition directory: topic-partition expected");
    }
  }

  /** A new name for a removed partition's directory, at most 255 characters. */
  static String removed(String name) {
    String suffix = "." + UUID.randomUUID().toString().replace("-", "") + "-delete";
    int keep = Math.min(name.length(), MAX_LENGTH - suffix.length());
    return name.substring(0, keep) + suffix;
  }
}
