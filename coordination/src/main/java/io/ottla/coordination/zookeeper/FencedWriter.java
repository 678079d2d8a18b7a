package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.znode.ControllerEpochZNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;

/**
 * Writes in transactions, those of the controller together with a check that nobody has been
 * elected since. Futures fail with NotControllerException when somebody was, and with
 * NetworkException when the answer was lost - then only after everything has been loaded anew.
 * Confined to the event thread.
 */
final class FencedWriter {
  private final Session session;
  private final ImageKeeper keeper;
  private final Consumer<String> onFenced;
  private int epoch = -1;
  private int epochVersion = -1;

  /**
   * Makes a writer.
   *
   * @param onFenced told why, when a write showed that this broker is not the controller any more
   */
  FencedWriter(Session session, ImageKeeper keeper, Consumer<String> onFenced) {
    this.session = session;
    this.keeper = keeper;
    this.onFenced = onFenced;
  }

  /**
   * Takes note of an office won.
   *
   * @param newEpoch controller epoch
   * @param version version of /controller_epoch that carries it
   */
  void inOffice(int newEpoch, int version) {
    epoch = newEpoch;
    epochVersion = version;
  }

  /** Writes all or nothing; error indexes of the answer are those of the given operations. */
  CompletableFuture<Session.Batch> write(boolean fenced, List<Op> writes) {
    List<Op> ops = new ArrayList<>(writes.size() + 1);
    int offset = fenced ? 1 : 0;
    if (fenced) {
      ops.add(Op.check(ControllerEpochZNode.PATH, epochVersion));
    }
    ops.addAll(writes);
    int sentWith = epoch;
    CompletableFuture<Session.Batch> result = new CompletableFuture<>();
    Futures.onDone(
        session.write(ops),
        (batch, error) -> {
          if (error != null) {
            onError(error, result);
          } else if (fenced && batch.error(0) != Code.OK) {
            NotControllerException fencedOff =
                new NotControllerException(
                    "A newer controller than that of epoch " + sentWith + " has been elected.");
            if (sentWith == epoch) {
              onFenced.accept(fencedOff.getMessage());
            }
            result.completeExceptionally(fencedOff);
          } else {
            result.complete(
                new Session.Batch(
                    batch.code(),
                    batch.results() == null || batch.results().size() < offset
                        ? List.of()
                        : batch.results().subList(offset, batch.results().size())));
          }
        });
    return result;
  }

  private void onError(Throwable error, CompletableFuture<Session.Batch> result) {
    if (Session.isLost(error)) {
      keeper.afterNextLoad(
          () ->
              result.completeExceptionally(
                  new NetworkException("The answer of ZooKeeper was lost.", error)));
    } else {
      result.completeExceptionally(error);
    }
  }
}
