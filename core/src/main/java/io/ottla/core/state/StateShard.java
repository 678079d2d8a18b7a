package io.ottla.core.state;

import io.ottla.core.waiting.Deadlines;
import io.ottla.log.batch.BatchBuilder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's state in one leadership. Everything but the constructor runs on the shard's
 * thread. Always true: the state holds exactly what is in the log, because a record is replayed
 * when its append succeeded and only then; an answer about durable state leaves when the high
 * watermark covers all that had been appended when it was made. What was appended and never
 * committed goes with the leadership, and so does this object.
 */
final class StateShard<R> {
  private static final Logger LOG = LoggerFactory.getLogger(StateShard.class);

  /** Above this a batch is refused: it must fit into a segment and into memory everywhere. */
  static final int MAX_BATCH_BYTES = 16 << 20;

  private static final int SPLIT_BYTES = 256 << 10;

  /** Answers that wait for one offset. */
  private record Waiting(long requiredOffset, List<Step.Answer> answers) {}

  /** Phase of a shard. */
  enum Phase {
    LOADING,
    ACTIVE,
    /** The log could not be read; loading is tried again. */
    FAILED,
    CLOSED
  }

  private final StateLog log;
  private final ShardClock clock;
  private final Deadlines deadlines;
  private final ShardThread thread;
  private final long commitTimeoutNanos;
  private final Set<Waiting> waiting = new LinkedHashSet<>();
  private volatile Phase phase = Phase.LOADING;
  private final int rewriteAfterRecords;
  private ReplicatedState<R> state;
  private long appendedEnd;

  /** Records in the log since the last rewrite, and how many were live then. */
  private long recordsInLog;

  private long liveAtRewrite;
  private boolean mayRewrite;
  private Deadlines.Cancellable timer = Deadlines.Cancellable.NONE;
  private long timerAtMs = Long.MAX_VALUE;

  StateShard(
      StateLog log,
      ShardClock clock,
      Deadlines deadlines,
      ShardThread thread,
      long commitTimeoutNanos,
      int rewriteAfterRecords) {
    this.log = log;
    this.clock = clock;
    this.deadlines = deadlines;
    this.thread = thread;
    this.commitTimeoutNanos = commitTimeoutNanos;
    this.rewriteAfterRecords = rewriteAfterRecords;
  }

  StateLog log() {
    return log;
  }

  ShardThread thread() {
    return thread;
  }

  /** Any thread. */
  Phase phase() {
    return phase;
  }

  /**
   * The state was replayed up to {@code end}, which may not be committed yet.
   *
   * @param records how many there were
   * @param rewritable whether the state is all there is to the log
   */
  void activate(ReplicatedState<R> loaded, long end, long records, boolean rewritable) {
    if (phase == Phase.CLOSED) {
      return;
    }
    state = loaded;
    appendedEnd = end;
    recordsInLog = records;
    mayRewrite = rewritable;
    state.loaded();
    phase = Phase.ACTIVE;
    armTimer();
  }

  void loadFailed() {
    if (phase == Phase.LOADING) {
      phase = Phase.FAILED;
    }
  }

  void loadAgain() {
    if (phase == Phase.FAILED) {
      phase = Phase.LOADING;
    }
  }

  /** What to tell a client that comes while the shard is not active; null when it is. */
  Errors unavailable() {
    return switch (phase) {
      case LOADING -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
      case ACTIVE -> null;
      case FAILED -> Errors.COORDINATOR_NOT_AVAILABLE;
      case CLOSED -> Errors.NOT_COORDINATOR;
    };
  }

  /** Runs an operation, or refuses it. */
  void perform(Function<ReplicatedState<R>, Step<R>> operation, Consumer<Errors> refuse) {
    Errors unavailable = unavailable();
    if (unavailable != null) {
      refuse.accept(unavailable);
      return;
    }
    Step<R> step;
    try {
      step = operation.apply(state);
    } catch (RuntimeException e) {
      LOG.error("{}: an operation of the coordinator failed", log.name(), e);
      refuse.accept(Errors.UNKNOWN_SERVER_ERROR);
      return;
    }
    carryOut(step);
    armTimer();
  }

  private void carryOut(Step<R> first) {
    for (Step<R> step = first; step != null; ) {
      step.immediate().forEach(Runnable::run);
      Errors refusal = step.records().isEmpty() ? Errors.NONE : append(step);
      if (refusal == Errors.NONE) {
        answerWhenCommitted(step.afterCommit());
        rewriteIfDue();
        return;
      }
      for (Step.Answer answer : step.afterCommit()) {
        answer.fail(refusal);
      }
      step = step.refused(refusal);
    }
  }

  private Errors append(Step<R> step) {
    List<R> pending = new ArrayList<>();
    BatchBuilder batch = new BatchBuilder();
    long now = clock.wallMs();
    try {
      for (R record : step.records()) {
        batch.add(now, state.key(record), state.value(record));
        pending.add(record);
        if (step.splittable() && batch.uncompressedSize() >= SPLIT_BYTES) {
          append(batch, pending);
          batch = new BatchBuilder();
        }
      }
      if (!pending.isEmpty()) {
        append(batch, pending);
      }
      return Errors.NONE;
    } catch (ApiException | IllegalArgumentException e) {
      Errors error =
          e instanceof ApiException ? Errors.forException(e) : Errors.UNKNOWN_SERVER_ERROR;
      LOG.warn(
          "{}: {} records were not appended, {}: {}",
          log.name(),
          step.records().size(),
          error,
          e.getMessage());
      return error;
    }
  }

  private void append(BatchBuilder batch, List<R> records) {
    if (batch.uncompressedSize() > MAX_BATCH_BYTES) {
      throw new RecordTooLargeException(
          "the batch has "
              + batch.uncompressedSize()
              + " bytes, at most "
              + MAX_BATCH_BYTES
              + " are written at once");
    }
    appendedEnd = log.append(batch.build());
    recordsInLog += records.size();
    records.forEach(state::replay);
    records.clear();
  }

  /**
   * Keeps the log in proportion to what lives in it: writes the live state behind its end and, once
   * that is committed, drops what lies before. Whatever fails in between leaves both, which is
   * right too. Until the log is compacted nothing else would keep it from growing for ever.
   */
  private void rewriteIfDue() {
    if (!mayRewrite || recordsInLog < Math.max(rewriteAfterRecords, 4 * liveAtRewrite)) {
      return;
    }
    List<R> live = state.snapshot();
    liveAtRewrite = live.size();
    recordsInLog = 0;
    long from = appendedEnd;
    Errors refusal = live.isEmpty() ? Errors.NONE : append(rewrite(live));
    if (refusal != Errors.NONE) {
      return;
    }
    LOG.info("{}: wrote {} live records anew at offset {}", log.name(), live.size(), from);
    log.awaitCommitted(
        appendedEnd,
        commitTimeoutNanos,
        error -> {
          if (error == null) {
            post(() -> log.dropBelow(from));
          }
        });
  }

  private Step<R> rewrite(List<R> live) {
    return new Step<>() {
      @Override
      public List<R> records() {
        return live;
      }

      @Override
      public List<Runnable> immediate() {
        return List.of();
      }

      @Override
      public List<Answer> afterCommit() {
        return List.of();
      }

      @Override
      public boolean splittable() {
        return true;
      }

      @Override
      public Step<R> refused(Errors error) {
        return null;
      }
    };
  }

  private void answerWhenCommitted(List<Step.Answer> answers) {
    if (answers.isEmpty()) {
      return;
    }
    // The order matters: a high watermark read before the check belongs to this leadership.
    if (log.highWatermark() >= appendedEnd && log.isCurrent()) {
      answers.forEach(Step.Answer::send);
      return;
    }
    Waiting entry = new Waiting(appendedEnd, List.copyOf(answers));
    waiting.add(entry);
    log.awaitCommitted(
        appendedEnd,
        commitTimeoutNanos,
        error -> {
          // Not posted after the end: closing fails what waits.
          boolean posted = thread.post(() -> settle(entry, error));
          if (!posted) {
            LOG.debug("{}: answer dropped, the coordinator has ended", log.name());
          }
        });
  }

  private void settle(Waiting entry, ApiException errorOrNull) {
    if (!waiting.remove(entry)) {
      return; // failed by close
    }
    if (errorOrNull == null) {
      entry.answers().forEach(Step.Answer::send);
      return;
    }
    Errors error = Errors.forException(errorOrNull);
    for (Step.Answer answer : entry.answers()) {
      answer.fail(error);
    }
  }

  private void armTimer() {
    if (phase != Phase.ACTIVE) {
      return;
    }
    long next = state.nextDeadlineMs();
    if (next >= timerAtMs) {
      return;
    }
    timer.cancel();
    timerAtMs = next;
    long delayMs = Math.max(0, next - clock.monotonicMs());
    timer =
        deadlines.schedule(
            TimeUnit.MILLISECONDS.toNanos(delayMs), () -> post(() -> timerFired(next)));
  }

  private void timerFired(long atMs) {
    if (phase != Phase.ACTIVE || atMs != timerAtMs) {
      return;
    }
    timerAtMs = Long.MAX_VALUE;
    carryOut(state.onTimer());
    armTimer();
  }

  /** Leadership is gone: everybody who waits is sent elsewhere. */
  void close(Errors error) {
    if (phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.CLOSED;
    timer.cancel();
    List<Waiting> unsettled = List.copyOf(waiting);
    waiting.clear();
    for (Waiting entry : unsettled) {
      entry.answers().forEach(answer -> answer.fail(error));
    }
    if (state != null) {
      state.unload(error).immediate().forEach(Runnable::run);
      state = null;
    }
  }

  private void post(Runnable task) {
    if (!thread.post(task)) {
      LOG.debug("{}: timer dropped, the coordinator has ended", log.name());
    }
  }
}
