package io.ottla.core.replication.simulation;

import io.ottla.core.replication.FetchChannel;
import io.ottla.network.client.ClientResponse;
import io.ottla.network.codec.RecordSets;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Connections between simulated brokers. Each keeps the order of its messages; delivery is one step
 * of the schedule. A connection may break at any time: what was sent may be lost, may have arrived,
 * or may still arrive much later, when the sender has long reconnected.
 */
final class SimNetwork {
  /** A request on its way. */
  record Request(
      Connection on, ApiKeys key, Object body, CompletableFuture<ClientResponse> reply) {}

  /** An answer on its way. Record sets are read when it leaves, as sendfile does. */
  record Response(Request request, FetchService.Answer answer) {}

  static final class Connection {
    final SimBroker from;
    final SimBroker to;
    final int fromLife;
    final int toLife;
    final Deque<Request> requests = new ArrayDeque<>();
    final Deque<Response> responses = new ArrayDeque<>();
    final List<Request> unanswered = new ArrayList<>();
    boolean open = true;

    Connection(SimBroker from, SimBroker to) {
      this.from = from;
      this.to = to;
      this.fromLife = from.life();
      this.toLife = to.life();
    }

    boolean alive() {
      return open && from.life() == fromLife && to.life() == toLife;
    }
  }

  private final SimBroker[] brokers;
  private final Random random;
  private final boolean[][] cut;
  private final List<Connection> connections = new ArrayList<>();
  private final List<Request> ghosts = new ArrayList<>();

  SimNetwork(SimBroker[] brokers, Random random) {
    this.brokers = brokers;
    this.random = random;
    this.cut = new boolean[brokers.length][brokers.length];
  }

  void cut(int from, int to, boolean value) {
    cut[from][to] = value;
  }

  boolean isCut(int from, int to) {
    return cut[from][to];
  }

  void heal() {
    for (boolean[] row : cut) {
      java.util.Arrays.fill(row, false);
    }
  }

  /** What could be delivered now. */
  List<Runnable> deliverable() {
    List<Runnable> steps = new ArrayList<>();
    for (int i = connections.size() - 1; i >= 0; i--) {
      Connection c = connections.get(i);
      if (!c.alive()) {
        drop(c);
        continue;
      }
      if (!c.requests.isEmpty() && c.to.running() && !cut[c.from.id()][c.to.id()]) {
        steps.add(() -> deliverRequest(c));
      }
      if (!c.responses.isEmpty() && c.from.running() && !cut[c.to.id()][c.from.id()]) {
        steps.add(() -> deliverResponse(c));
      }
    }
    if (!ghosts.isEmpty()) {
      int index = random.nextInt(ghosts.size());
      Request ghost = ghosts.get(index);
      if (!ghost.on().to.up() || ghost.on().to.life() != ghost.on().toLife) {
        ghosts.remove(index);
      } else if (ghost.on().to.running()) {
        steps.add(
            () -> {
              if (ghosts.remove(ghost)) {
                ghost
                    .on()
                    .to
                    .enqueue(
                        () -> ghost.on().to.service().handle(ghost, FetchService.Answer::close));
              }
            });
      }
    }
    return steps;
  }

  private void deliverRequest(Connection c) {
    Request request = c.requests.poll();
    c.to.enqueue(
        () ->
            c.to
                .service()
                .handle(
                    request,
                    answer -> {
                      if (c.alive()) {
                        c.responses.add(new Response(request, answer));
                      } else {
                        answer.close();
                      }
                    }));
  }

  private void deliverResponse(Connection c) {
    Response response = c.responses.poll();
    c.unanswered.remove(response.request());
    Object body;
    try {
      body = response.answer().materialize();
    } catch (IOException e) {
      c.unanswered.add(response.request());
      drop(c); // the file was cut under the transfer: the connection cannot go on
      return;
    } finally {
      response.answer().close();
    }
    c.from.enqueue(() -> response.request().reply().complete(new SimResponse(body)));
  }

  /** Breaks a connection, if there is one to break. */
  void breakOne() {
    if (!connections.isEmpty()) {
      drop(connections.get(random.nextInt(connections.size())));
    }
  }

  private void drop(Connection c) {
    c.open = false;
    connections.remove(c);
    for (Request request : c.requests) {
      if (random.nextInt(3) == 0 && ghosts.size() < 10) {
        ghosts.add(request);
      }
    }
    c.responses.forEach(r -> r.answer().close());
    List<Request> failed = List.copyOf(c.unanswered);
    if (c.from.life() == c.fromLife) {
      c.from.enqueue(
          () ->
              failed.forEach(
                  r -> r.reply().completeExceptionally(new ConnectException("connection lost"))));
    }
  }

  /** The way from one broker to others. */
  FetchChannel channel(SimBroker from, int to) {
    return new Channel(from, brokers[to]);
  }

  private final class Channel implements FetchChannel {
    private final SimBroker from;
    private final SimBroker to;
    private Connection connection;

    Channel(SimBroker from, SimBroker to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public CompletableFuture<ClientResponse> send(ApiKeys key, Object body, Duration timeout) {
      CompletableFuture<ClientResponse> reply = new CompletableFuture<>();
      if (connection == null || !connection.alive()) {
        if (!to.up()) {
          reply.completeExceptionally(new ConnectException("refused"));
          return reply;
        }
        connection = new Connection(from, to);
        connections.add(connection);
      }
      Connection on = connection;
      Request request = new Request(on, key, body, reply);
      on.requests.add(request);
      on.unanswered.add(request);
      from.deadlines()
          .schedule(
              timeout.toNanos(),
              () -> {
                if (reply.completeExceptionally(new SocketTimeoutException("no answer"))) {
                  drop(on);
                }
              });
      return reply;
    }

    @Override
    public void close() {
      if (connection != null) {
        drop(connection);
      }
    }
  }

  /** An answer that arrived. */
  private record SimResponse(Object answer) implements ClientResponse {
    @Override
    public <T> T body(Class<T> type) {
      return type.cast(answer);
    }

    @Override
    public short version() {
      return 17;
    }

    @Override
    public void close() {}
  }

  static ByteBuffer copy(ByteBuffer bytes) {
    ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
    copy.put(bytes.duplicate()).flip();
    return copy;
  }

  static void setRecords(
      org.apache.kafka.common.message.FetchResponseData.PartitionData data, ByteBuffer bytes) {
    RecordSets.set(data, bytes);
  }
}
