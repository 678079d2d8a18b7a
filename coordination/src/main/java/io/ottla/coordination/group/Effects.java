package io.ottla.coordination.group;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.Errors;

/**
 * What one call asks of its owner, in this order: run {@link #immediate}; append {@link #records}
 * as one batch and {@code replay} them; run {@link #afterCommit} when they, and everything appended
 * before them, are committed. If the append is refused, {@link #refused} gives what follows instead
 * and the answers fail. Not thread safe.
 */
public final class Effects {
  /** An answer waiting for the commit. */
  public interface Answer {
    void send();

    void fail(Errors error);
  }

  private final List<GroupRecord> records = new ArrayList<>(1);
  private final List<Runnable> immediate = new ArrayList<>(1);
  private final List<Answer> afterCommit = new ArrayList<>(1);
  private boolean splittable;
  private BiFunction<Errors, Now, Effects> onRefused;

  public List<GroupRecord> records() {
    return records;
  }

  public List<Runnable> immediate() {
    return immediate;
  }

  public List<Answer> afterCommit() {
    return afterCommit;
  }

  /** Whether the records may be appended in several batches: each of them stands for itself. */
  public boolean splittable() {
    return splittable;
  }

  /** To be called when the append was refused and nothing of it was applied. */
  public Effects refused(Errors error, Now now) {
    return onRefused == null ? new Effects() : onRefused.apply(error, now);
  }

  void append(GroupRecord record) {
    records.add(record);
  }

  void allowSplit() {
    splittable = true;
  }

  void onRefused(BiFunction<Errors, Now, Effects> handler) {
    onRefused = handler;
  }

  <T> void answer(Reply<T> reply, T response) {
    afterCommit.add(
        new Answer() {
          @Override
          public void send() {
            reply.complete(response);
          }

          @Override
          public void fail(Errors error) {
            reply.fail(error);
          }
        });
  }

  /** For answers that tell nothing about durable state: errors and heartbeats. */
  <T> void answerNow(Reply<T> reply, T response) {
    immediate.add(() -> reply.complete(response));
  }

  void failNow(Reply<?> reply, Errors error) {
    immediate.add(() -> reply.fail(error));
  }
}
