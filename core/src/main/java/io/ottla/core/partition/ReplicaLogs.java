package io.ottla.core.partition;

import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where replicas live on disk: maps a partition to a directory named {@code topic-partition} in one
 * of the broker's log directories. A directory belongs to a topic id, never to a name alone.
 *
 * <p>Safe from any thread; calls for one partition come one after the other.
 */
final class ReplicaLogs {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaLogs.class);

  /**
   * An open log and the directory it is in.
   *
   * @param log the log
   * @param home its log directory
   */
  record Located(PartitionLog log, LogDirectory home) {}

  private final List<LogDirectory> directories;

  /** Open or opening logs by log directory; guarded by this. */
  private final Map<LogDirectory, Integer> placed = new HashMap<>();

  /** Directories whose checkpoint files may still name deleted logs; guarded by itself. */
  private final Set<LogDirectory> outdated = new HashSet<>();

  ReplicaLogs(List<LogDirectory> directories) {
    if (directories.isEmpty()) {
      throw new IllegalArgumentException("log.dirs is empty");
    }
    this.directories = List.copyOf(directories);
  }

  static String name(TopicPartition partition) {
    return partition.topic() + "-" + partition.partition();
  }

  /**
   * Opens the replica's log, or creates it in the log directory with the fewest partitions. A log
   * of the same name that belongs to another topic id is deleted first.
   */
  Located open(TopicPartition partition, Uuid topicId, LogConfig config) throws IOException {
    String name = name(partition);
    for (LogDirectory directory : directories) {
      if (directory.failure().isPresent() || !holds(directory, name)) {
        continue;
      }
      PartitionLog log = directory.openOrCreate(name, config);
      Optional<String> owner = log.topicId();
      if (owner.isEmpty()) {
        LOG.info("{} has no topic id; it becomes {}'s {}", log.directory(), name, topicId);
        log.assignTopicId(topicId.toString());
      } else if (!owner.get().equals(topicId.toString())) {
        LOG.warn(
            "Deleting {}: it belongs to a deleted topic of the same name (id {}, now {})",
            log.directory(),
            owner.get(),
            topicId);
        delete(directory, log);
        continue;
      }
      log.updateConfig(config);
      count(directory, 1);
      return new Located(log, directory);
    }
    LogDirectory home = leastUsed(name);
    forgetDeleted(home);
    PartitionLog log = home.openOrCreate(name, config);
    log.assignTopicId(topicId.toString());
    return new Located(log, home);
  }

  private static boolean holds(LogDirectory directory, String name) {
    return directory.get(name).isPresent() || Files.isDirectory(directory.path().resolve(name));
  }

  void delete(Located located) {
    count(located.home(), -1);
    delete(located.home(), located.log());
  }

  /** Deletes a log; what the checkpoint files say of its name is out of date from now on. */
  void delete(LogDirectory directory, PartitionLog log) {
    synchronized (outdated) {
      outdated.add(directory);
    }
    directory.delete(log);
  }

  /**
   * Writes the checkpoints of a directory anew if logs were deleted since: a new log may bear the
   * name of a deleted one, and must not be opened with its offsets after a crash.
   */
  private void forgetDeleted(LogDirectory directory) {
    synchronized (outdated) {
      if (outdated.contains(directory)) {
        directory.writeHighWatermarks(Map.of());
        directory.checkpointRecoveryPoints();
        directory.checkpointStartOffsets();
        outdated.remove(directory);
      }
    }
  }

  /** The high watermark last written for the log, 0 when there is none. */
  long checkpointedHighWatermark(Located located) {
    return located.home().checkpointedHighWatermark(located.log().name()).orElse(0);
  }

  /** Names of all directories found on disk, by log directory. */
  Map<LogDirectory, List<String>> found() {
    Map<LogDirectory, List<String>> names = new HashMap<>();
    for (LogDirectory directory : directories) {
      if (directory.failure().isEmpty()) {
        names.put(directory, new ArrayList<>(directory.logNames()));
      }
    }
    return names;
  }

  /** The partition a directory name stands for; empty when it stands for none. */
  static Optional<TopicPartition> partitionOf(String name) {
    int dash = name.lastIndexOf('-');
    if (dash <= 0) {
      return Optional.empty();
    }
    OptionalInt number = number(name.substring(dash + 1));
    return number.isEmpty()
        ? Optional.empty()
        : Optional.of(new TopicPartition(name.substring(0, dash), number.getAsInt()));
  }

  /** Writes the high watermarks of the given replicas, one file per log directory. */
  void checkpointHighWatermarks(Collection<ReplicaSlot> slots) {
    Map<LogDirectory, Map<String, Long>> byDirectory = new HashMap<>();
    for (ReplicaSlot slot : slots) {
      Located located = slot.located();
      Partition partition = slot.partition();
      if (located != null && partition != null) {
        byDirectory
            .computeIfAbsent(located.home(), d -> new HashMap<>())
            .put(located.log().name(), partition.highWatermark());
      }
    }
    byDirectory.forEach(
        (directory, offsets) -> {
          if (directory.failure().isEmpty()) {
            directory.writeHighWatermarks(offsets);
          }
        });
  }

  List<LogDirectory> directories() {
    return directories;
  }

  private synchronized LogDirectory leastUsed(String name) throws IOException {
    LogDirectory chosen =
        directories.stream()
            .filter(d -> d.failure().isEmpty())
            .min(Comparator.comparingInt(d -> placed.getOrDefault(d, 0)))
            .orElseThrow(
                () -> new IOException("No log directory is usable; cannot create " + name));
    count(chosen, 1);
    return chosen;
  }

  private synchronized void count(LogDirectory directory, int change) {
    placed.merge(directory, change, Integer::sum);
  }

  private static OptionalInt number(String text) {
    if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(Integer.parseInt(text));
  }
}
