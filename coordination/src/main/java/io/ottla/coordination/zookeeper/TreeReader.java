package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.Futures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;

/**
 * Reads many znodes in few round trips: batches of a bounded weight, a bounded number of them on
 * their way. Confined to the event thread.
 */
final class TreeReader {
  /** A topic's assignment may be large; a state never is. */
  private static final int BATCH_WEIGHT = 200;

  private static final int TOPIC_WEIGHT = 10;
  private static final int MAX_ON_THEIR_WAY = 16;

  private final Session session;

  TreeReader(Session session) {
    this.session = session;
  }

  /**
   * Reads znodes, and hands each over in the order given, batch by batch as the answers arrive.
   *
   * @param paths what to read
   * @param batch told of each batch: its paths, and beside them the nodes, null where there is none
   * @return completes when all have been handed over
   */
  CompletableFuture<Void> read(
      List<ClusterPath> paths, BiConsumer<List<ClusterPath>, List<Session.Node>> batch) {
    Run run = new Run(paths, batch);
    run.next();
    return run.done;
  }

  static Session.Node node(OpResult result) throws KeeperException {
    if (result instanceof OpResult.GetDataResult data) {
      return new Session.Node(data.getData(), data.getStat());
    }
    if (result instanceof OpResult.ErrorResult error && Code.get(error.getErr()) != Code.NONODE) {
      throw KeeperException.create(Code.get(error.getErr()));
    }
    return null;
  }

  private final class Run {
    private final List<ClusterPath> paths;
    private final BiConsumer<List<ClusterPath>, List<Session.Node>> batch;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private int position;
    private int onTheirWay;

    Run(List<ClusterPath> paths, BiConsumer<List<ClusterPath>, List<Session.Node>> batch) {
      this.paths = paths;
      this.batch = batch;
    }

    void next() {
      while (position < paths.size() && onTheirWay < MAX_ON_THEIR_WAY && !done.isDone()) {
        List<ClusterPath> chunk = chunk();
        List<Op> reads = new ArrayList<>(chunk.size());
        for (ClusterPath path : chunk) {
          reads.add(Op.getData(path.path()));
        }
        onTheirWay++;
        Futures.onDone(session.read(reads), (results, error) -> onAnswer(chunk, results, error));
      }
      if (position >= paths.size() && onTheirWay == 0) {
        done.complete(null);
      }
    }

    private List<ClusterPath> chunk() {
      int start = position;
      int weight = 0;
      while (position < paths.size() && weight < BATCH_WEIGHT) {
        weight += paths.get(position).kind() == ClusterPath.Kind.TOPIC ? TOPIC_WEIGHT : 1;
        position++;
      }
      return paths.subList(start, position);
    }

    private void onAnswer(List<ClusterPath> chunk, List<OpResult> results, Throwable error) {
      onTheirWay--;
      if (done.isDone()) {
        return;
      }
      if (error != null) {
        done.completeExceptionally(error);
        return;
      }
      List<Session.Node> nodes = new ArrayList<>(results.size());
      try {
        for (OpResult result : results) {
          nodes.add(node(result));
        }
      } catch (KeeperException e) {
        done.completeExceptionally(e);
        return;
      }
      batch.accept(chunk, nodes);
      next();
    }
  }
}
