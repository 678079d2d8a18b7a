package io.ottla.log;

import com.codahale.metrics.Timer;
import io.ottla.log.segment.DiskIo;
import io.ottla.log.state.CleanShutdownMarker;
import io.ottla.log.state.OffsetCheckpoint;
import io.ottla.log.state.RunningMarker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One entry of {@code log.dirs}: its lock, its checkpoints, the marks that say how the last run
 * ended, and the logs of its partition directories. ({@code meta.properties} is the broker's.)
 *
 * <p>How far the data of the last run is trusted: a clean shutdown wholly. After a crash of the
 * process, on the same boot and mount, everything written is still there: logs are verified from
 * their recovery point on. After a crash of the machine, or a failed fsync, the directory is {@link
 * #lossy}: acknowledged records may be missing, and its replicas must not lead or count as in sync
 * before the broker has said so to the cluster ({@link #acknowledgeLoss}).
 *
 * <p>Thread safe. Loading and creating is serialised per name; nothing here is called back while a
 * partition's lock is held, except the failure mark and the removal queue. Closed by the broker
 * with {@link #close(long)}; any other end is an unclean one.
 */
public final class LogDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);
  private static final String FLUSH_TIMER =
      "kafka.log:type=LogFlushStats,name=LogFlushRateAndTimeMs";
  private static final int NAME_LOCKS = 64;

  private final Path path;
  private final LogDirectoryOptions options;
  private final DirectoryLock lock;
  private final String host;
  private final boolean clean;
  private final long cleanBrokerEpoch;
  private final boolean checkpointsMissing;
  private final CheckpointTable recoveryPoints;
  private final CheckpointTable startOffsets;
  private final CheckpointTable highWatermarks;
  private final RemovalQueue removals = new RemovalQueue();
  private final ConcurrentMap<String, PartitionLog> logs = new ConcurrentHashMap<>();
  private final Object[] nameLocks = new Object[NAME_LOCKS];
  private final LogContext context;
  private volatile boolean lossy;
  private volatile IOException failure;
  private volatile boolean closed;

  private LogDirectory(
      Path path, LogDirectoryOptions options, DirectoryLock lock, Function<Path, String> hosts)
      throws IOException {
    this.path = path;
    this.options = options;
    this.lock = lock;
    this.host = hosts.apply(path);
    for (int i = 0; i < NAME_LOCKS; i++) {
      nameLocks[i] = new Object();
    }
    Set<String> names = new TreeSet<>(partitionsOnDisk());
    OptionalLong cleanMark = CleanShutdownMarker.read(path);
    this.clean = cleanMark.isPresent();
    this.cleanBrokerEpoch = cleanMark.orElse(-1);
    this.lossy = wasLossy(RunningMarker.read(path), names);
    this.recoveryPoints = CheckpointTable.load(path, OffsetCheckpoint.RECOVERY_POINTS, names);
    this.startOffsets = CheckpointTable.load(path, OffsetCheckpoint.START_OFFSETS, names);
    this.highWatermarks = CheckpointTable.load(path, OffsetCheckpoint.HIGH_WATERMARKS, names);
    this.checkpointsMissing =
        !names.isEmpty() && (recoveryPoints.wasMissing() || highWatermarks.wasMissing());
    this.context = new Context(timer(options));
    // First the mark of this run, then the last one's goes: a crash in between leaves both, and
    // nothing has been written yet.
    new RunningMarker(host, lossy).write(path);
    CleanShutdownMarker.remove(path);
    DiskIo.forceDirectory(path);
    queueRemovedPartitions();
  }

  /**
   * Takes a directory into use, making it when it is missing.
   *
   * @throws UncheckedIOException when it is in use by another broker or cannot be read or written
   */
  public static LogDirectory open(Path dir, LogDirectoryOptions options) {
    return open(dir, options, RunningMarker::hostOf);
  }

  static LogDirectory open(Path dir, LogDirectoryOptions options, Function<Path, String> hosts) {
    Path path = dir.toAbsolutePath().normalize();
    try {
      Files.createDirectories(path);
      DirectoryLock lock = DirectoryLock.take(path);
      try {
        return new LogDirectory(path, options, lock, hosts);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "log.dirs entry " + path + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static Timer timer(LogDirectoryOptions options) {
    return options.registry().map(r -> r.timer(FLUSH_TIMER)).orElseGet(Timer::new);
  }

  private boolean wasLossy(Optional<RunningMarker> lastRun, Set<String> names) {
    if (lastRun.isPresent() && lastRun.get().lossy()) {
      return true;
    }
    if (clean || names.isEmpty()) {
      return false;
    }
    boolean sameMachine =
        lastRun.isPresent() && !host.isEmpty() && lastRun.get().host().equals(host);
    if (!sameMachine) {
      LOG.warn(
          "{}: the last run did not end cleanly, and this is another boot or mount ({} then, {}"
              + " now): records that were not flushed may be lost",
          path,
          lastRun.map(RunningMarker::host).orElse("unknown"),
          host);
    }
    return !sameMachine;
  }

  public Path path() {
    return path;
  }

  /** Whether the last run ended with {@link #close(long)}. */
  public boolean wasCleanShutdown() {
    return clean;
  }

  /** The broker epoch of the run that ended cleanly, -1 when there was none. */
  public long cleanShutdownBrokerEpoch() {
    return cleanBrokerEpoch;
  }

  /**
   * Whether acknowledged records may be missing here; stays so over restarts until acknowledged.
   */
  public boolean lossy() {
    return lossy;
  }

  /** The cluster knows that this directory's replicas may have lost records. */
  public void acknowledgeLoss() {
    if (failure != null) {
      return; // Still losing.
    }
    try {
      new RunningMarker(host, false).write(path);
      lossy = false;
    } catch (IOException e) {
      throw failed("writing " + RunningMarker.FILE, e);
    }
  }

  /** What took the directory out of service, if anything did. */
  public Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Names of the partition directories, in order; not those that are being removed. */
  public List<String> logNames() {
    Set<String> names = new TreeSet<>(logs.keySet());
    try {
      names.addAll(partitionsOnDisk());
    } catch (IOException e) {
      throw failed("listing", e);
    }
    return List.copyOf(names);
  }

  private List<String> partitionsOnDisk() throws IOException {
    try (Stream<Path> listing = Files.list(path)) {
      return listing
          .filter(Files::isDirectory)
          .map(p -> p.getFileName().toString())
          .filter(PartitionNames::isPartition)
          .toList();
    }
  }

  private void queueRemovedPartitions() throws IOException {
    try (Stream<Path> listing = Files.list(path)) {
      removals.add(
          listing.filter(p -> PartitionNames.isRemoved(p.getFileName().toString())).toList(), 0);
    }
  }

  /**
   * Opens every partition directory, with as many threads as the options say, and returns when all
   * are open. The threads end with it.
   */
  public void loadAll(Function<String, LogConfig> configs) throws IOException {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (String name : logNames()) {
      tasks.add(
          () -> {
            openOrCreate(name, configs.apply(name));
            return null;
          });
    }
    ParallelTasks.run(tasks, options.recoveryThreads(), "log-recovery " + path.getFileName());
  }

  /**
   * The log of this name, opened or made when it was not open yet; {@code config} counts only then.
   *
   * @throws IOException when it cannot be read; the directory stays in service
   */
  public PartitionLog openOrCreate(String name, LogConfig config) throws IOException {
    PartitionLog open = logs.get(name);
    if (open != null) {
      return open;
    }
    PartitionNames.check(name);
    synchronized (nameLock(name)) {
      if (closed) {
        throw new IllegalStateException(path + " is closed");
      }
      open = logs.get(name);
      if (open != null) {
        return open;
      }
      Path directory = path.resolve(name);
      boolean fresh = !Files.isDirectory(directory);
      if (fresh) {
        recoveryPoints.forgetDurably(name);
        startOffsets.forgetDurably(name);
        highWatermarks.forgetDurably(name);
        Files.createDirectory(directory);
      }
      LogLoader.Known known =
          new LogLoader.Known(
              fresh, clean || fresh, recoveryPoints.get(name), startOffsets.get(name));
      PartitionLog log = PartitionLog.load(name, directory, config, context, known);
      logs.put(name, log);
      return log;
    }
  }

  public Optional<PartitionLog> get(String name) {
    return Optional.ofNullable(logs.get(name));
  }

  /**
   * Takes a log out of use, guarded by its owner: closed at once, its directory renamed, its files
   * removed later. The rename is not forced: should it be lost, the directory still carries the id
   * of the topic that is gone.
   */
  public void delete(PartitionLog log) {
    synchronized (nameLock(log.name())) {
      if (!logs.remove(log.name(), log)) {
        return;
      }
      log.abandon();
      Path target = path.resolve(PartitionNames.removed(log.name()));
      try {
        Files.move(log.directory(), target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw failed("removing " + log.name(), e);
      }
      log.movedTo(target);
      recoveryPoints.forget(log.name());
      startOffsets.forget(log.name());
      highWatermarks.forget(log.name());
      removals.add(List.of(target), options.clock().millis() + log.config().fileDeleteDelayMs());
    }
  }

  /** The high watermark last checkpointed for a log. */
  public OptionalLong checkpointedHighWatermark(String name) {
    return highWatermarks.get(name);
  }

  /** Checkpoints high watermarks, by log name; those of logs not named keep theirs. */
  public void writeHighWatermarks(Map<String, Long> offsetsByName) {
    Map<String, Long> present = new HashMap<>(offsetsByName);
    present.keySet().removeIf(name -> !logs.containsKey(name));
    write(highWatermarks, () -> present);
  }

  /** Checkpoints how far each open log is on disk. */
  public void checkpointRecoveryPoints() {
    write(
        recoveryPoints,
        () -> {
          Map<String, Long> offsets = new HashMap<>();
          logs.forEach((name, log) -> offsets.put(name, log.recoveryPoint()));
          return offsets;
        });
  }

  /** Checkpoints where each open log starts. */
  public void checkpointStartOffsets() {
    write(
        startOffsets,
        () -> {
          Map<String, Long> offsets = new HashMap<>();
          logs.forEach((name, log) -> offsets.put(name, log.startOffset()));
          offsets.values().removeIf(offset -> offset == 0);
          return offsets;
        });
  }

  private void write(CheckpointTable table, Supplier<Map<String, Long>> offsets) {
    if (failure != null) {
      return; // What is on disk is in doubt: the last checkpoint before that is the better one.
    }
    try {
      table.write(offsets);
    } catch (IOException e) {
      throw failed("writing " + table, e);
    }
  }

  /** Removes files of deleted segments and partitions whose delay has passed; returns how many. */
  public int deleteExpiredFiles(long nowMs) {
    return removals.removeDue(nowMs);
  }

  /**
   * Whether, when this log was opened, its tail had to be cut or something that says how far it can
   * be trusted was missing. False for logs made in this run.
   */
  public boolean recoveredUncleanly(String name) {
    PartitionLog log = logs.get(name);
    return log != null && log.recoveredUncleanly();
  }

  /**
   * Ends the run cleanly: every log is written out and flushed, the checkpoints are written, and
   * then, only if all of that worked, the marker. The owners have stopped using the logs.
   */
  public void close(long brokerEpoch) {
    if (closed) {
      return;
    }
    closed = true;
    try {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (PartitionLog log : logs.values()) {
        tasks.add(
            () -> {
              log.close();
              return null;
            });
      }
      ParallelTasks.run(tasks, options.recoveryThreads(), "log-close " + path.getFileName());
      checkpointRecoveryPoints();
      checkpointStartOffsets();
      if (failure == null) {
        CleanShutdownMarker.write(path, brokerEpoch);
        if (!lossy) {
          RunningMarker.remove(path);
        }
      }
    } catch (IOException e) {
      throw failed("closing", e);
    } finally {
      release();
    }
  }

  /** Ends the run as a crash of the process would, but gives up files and lock. */
  public void closeUncleanly() {
    if (!closed) {
      closed = true;
      release();
    }
  }

  /** The same as {@link #closeUncleanly}; a clean end needs the broker's epoch. */
  @Override
  public void close() {
    closeUncleanly();
  }

  private void release() {
    for (PartitionLog log : logs.values()) {
      log.abandon();
    }
    try {
      lock.close();
    } catch (IOException e) {
      LOG.warn("{}: giving up the lock failed", path, e);
    }
  }

  private UncheckedIOException failed(String doing, IOException e) {
    context.failed(path.toString(), e);
    return new UncheckedIOException(path + ": " + doing + " failed: " + e.getMessage(), e);
  }

  private Object nameLock(String name) {
    return nameLocks[Math.floorMod(name.hashCode(), NAME_LOCKS)];
  }

  /** What the logs see of this directory. */
  private final class Context implements LogContext {
    private final Timer flushTimer;

    Context(Timer flushTimer) {
      this.flushTimer = flushTimer;
    }

    @Override
    public LogDirectoryOptions options() {
      return options;
    }

    @Override
    public long nowMs() {
      return options.clock().millis();
    }

    @Override
    public Timer flushTimer() {
      return flushTimer;
    }

    @Override
    public void removeLater(List<Path> files, long deadlineMs) {
      removals.add(files, deadlineMs);
    }

    @Override
    public void loweredTo(String log, long offset) throws IOException {
      recoveryPoints.lower(log, offset);
      startOffsets.lower(log, offset);
    }

    @Override
    public boolean checkpointsMissing() {
      return checkpointsMissing;
    }

    @Override
    public void failed(String log, IOException e) {
      if (failure != null) {
        return;
      }
      failure = e;
      lossy = true;
      LOG.error("{}: out of service, an operation on {} failed", path, log, e);
      try {
        new RunningMarker(host, true).write(path);
      } catch (IOException again) {
        LOG.error("{}: could not note the failure for the next start", path, again);
      }
    }
  }
}
