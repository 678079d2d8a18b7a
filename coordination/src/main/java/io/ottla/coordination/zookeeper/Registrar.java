package io.ottla.coordination.zookeeper;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.EventLoop;
import io.ottla.coordination.cluster.Futures;
import io.ottla.coordination.znode.BrokerZNode;
import io.ottla.coordination.znode.ControllerZNode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.DuplicateBrokerRegistrationException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this broker registered: after every load of a new session, and whenever the image lacks the
 * registration. A node left by an earlier life of the same broker - same id, same incarnation - is
 * taken over at once, together with the office it may have held; one of somebody else is waited
 * for, with a message that says who it is, and refuses the first registration when it stays.
 *
 * <p>Confined to the event thread, except for {@link #epoch()}.
 */
final class Registrar {
  private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final long NONE = -1;

  private final int brokerId;
  private final Session session;
  private final ImageKeeper keeper;
  private final EventLoop loop;
  private final Clock wallClock;
  private final Consumer<Boolean> onRegistered;

  private BrokerRegistration wanted;
  private CompletableFuture<Long> first;
  private long firstRefusedAt;
  private boolean refused;
  private boolean busy;
  private long blockingEpoch = NONE;

  /** Epoch of the first registration of this process. */
  private long firstEpoch = NONE;

  private int nodeVersion;
  private boolean retryScheduled;
  private volatile long epoch = NONE;

  /**
   * Makes a registrar.
   *
   * @param onRegistered told true after each registration and false when it is lost
   */
  Registrar(
      int brokerId,
      Session session,
      ImageKeeper keeper,
      EventLoop loop,
      Clock wallClock,
      Consumer<Boolean> onRegistered) {
    this.brokerId = brokerId;
    this.session = session;
    this.keeper = keeper;
    this.loop = loop;
    this.wallClock = wallClock;
    this.onRegistered = onRegistered;
  }

  /** Epoch of the current registration; -1 while there is none. */
  long epoch() {
    return epoch;
  }

  void register(BrokerRegistration registration, CompletableFuture<Long> result) {
    wanted = registration;
    first = result;
    refused = false;
    attempt();
  }

  /** Marks the registration as draining, now and in every later session. */
  void setDraining(CompletableFuture<Void> result) {
    if (wanted == null) {
      result.completeExceptionally(
          new IllegalStateException("broker " + brokerId + " was never registered"));
      return;
    }
    wanted = wanted.withDraining(true);
    if (epoch == NONE) {
      result.complete(null); // whenever it registers again, it says so
      return;
    }
    BrokerRegistration marked = wanted.withEpoch(epoch);
    Futures.onDone(
        session.setData(
            BrokerZNode.path(brokerId),
            BrokerZNode.encode(wanted, wallClock.millis()),
            nodeVersion),
        (stat, error) -> {
          if (error == null) {
            nodeVersion = stat.getVersion();
            keeper.own(
                List.of(BrokerZNode.path(brokerId)),
                stat.getMzxid(),
                image -> image.broker(marked));
            result.complete(null);
          } else if (Session.isLost(error) || Session.code(error) == Code.NONODE) {
            keeper.afterNextLoad(() -> setDraining(result));
          } else {
            result.completeExceptionally(error);
          }
        });
  }

  /** The image is complete again. */
  void onLoaded() {
    check();
  }

  /** Registers anew when the registration is not in the image although it should be. */
  void check() {
    if (wanted == null || refused || busy) {
      return;
    }
    boolean there =
        epoch != NONE
            && keeper.image().broker(brokerId).map(BrokerRegistration::epoch).orElse(NONE) == epoch;
    if (!there) {
      lose();
      attempt();
    }
  }

  /** The session is over, and the registration with it. */
  void onExpired() {
    busy = false;
    lose();
  }

  private void lose() {
    if (epoch != NONE) {
      LOG.warn("Broker {} is no longer registered (its epoch was {})", brokerId, epoch);
      epoch = NONE;
      onRegistered.accept(false);
    }
  }

  private void attempt() {
    if (busy || wanted == null || !session.isConnected()) {
      return; // the next load comes back here
    }
    busy = true;
    regainTrust();
    long ofSession = session.sessionId();
    String path = BrokerZNode.path(brokerId);
    byte[] data = BrokerZNode.encode(wanted, wallClock.millis());
    Futures.onDone(
        session.create(path, data, CreateMode.EPHEMERAL),
        (stat, error) -> {
          if (ofSession != session.sessionId()) {
            return;
          }
          if (error == null) {
            registered(stat.getCzxid(), stat.getVersion());
          } else if (Session.code(error) == Code.NODEEXISTS) {
            inspect(ofSession, path);
          } else {
            failed(error);
          }
        });
  }

  /**
   * A process that started without trust deserves it once no state lists its broker under a
   * registration from before: whatever it is in sync with since, this very process has fetched.
   */
  private void regainTrust() {
    if (!wanted.trusted() && firstEpoch != NONE && !listedFromBefore()) {
      wanted = wanted.withTrusted(true);
    }
  }

  private boolean listedFromBefore() {
    return keeper.image().topics().stream()
        .flatMap(topic -> topic.partitions().stream())
        .filter(partition -> partition.state() != null)
        .flatMap(
            partition ->
                Stream.concat(
                    partition.state().isr().stream(), partition.state().eligible().stream()))
        .anyMatch(member -> member.brokerId() == brokerId && member.brokerEpoch() < firstEpoch);
  }

  private void registered(long newEpoch, int version) {
    busy = false;
    epoch = newEpoch;
    nodeVersion = version;
    if (firstEpoch == NONE) {
      firstEpoch = newEpoch;
    }
    blockingEpoch = NONE;
    BrokerRegistration registration = wanted.withEpoch(newEpoch);
    LOG.info("Broker {} is registered with epoch {}", brokerId, newEpoch);
    keeper.created(BrokerZNode.path(brokerId), image -> image.broker(registration));
    onRegistered.accept(true);
    first.complete(newEpoch);
  }

  private void failed(Throwable error) {
    busy = false;
    if (!Session.isLost(error)) {
      LOG.error("Broker {} could not register, tries again in {}", brokerId, RETRY, error);
    }
    retryLater();
  }

  private void retryLater() {
    if (!retryScheduled) {
      retryScheduled = true;
      loop.schedule(
          RETRY,
          () -> {
            retryScheduled = false;
            check();
          });
    }
  }

  private void inspect(long ofSession, String path) {
    Futures.onDone(
        session.read(List.of(Op.getData(path), Op.getData(ControllerZNode.PATH))),
        (results, error) -> {
          if (ofSession != session.sessionId()) {
            return;
          }
          if (error != null) {
            failed(error);
            return;
          }
          try {
            found(
                ofSession, path, TreeReader.node(results.get(0)), TreeReader.node(results.get(1)));
          } catch (KeeperException e) {
            failed(e);
          }
        });
  }

  private void found(long ofSession, String path, Session.Node node, Session.Node controller) {
    if (node == null) {
      busy = false;
      attempt();
      return;
    }
    if (node.stat().getEphemeralOwner() == ofSession) {
      registered(
          node.stat().getCzxid(),
          node.stat().getVersion()); // an earlier attempt was applied but its answer lost
      return;
    }
    BrokerRegistration other;
    try {
      other = BrokerZNode.decode(brokerId, node.data(), node.stat().getCzxid());
    } catch (IllegalArgumentException e) {
      LOG.warn("The registration in the way cannot be read", e);
      other = wanted.withEpoch(node.stat().getCzxid());
      blocked(other, node, "unreadable");
      return;
    }
    if (other.incarnation().isEmpty() || !other.incarnation().equals(wanted.incarnation())) {
      blocked(other, node, other.incarnation());
      return;
    }
    takeOver(ofSession, path, node, controller);
  }

  /**
   * Puts ours in place of the stale node in one transaction, so that nobody sees the broker gone.
   */
  private void takeOver(long ofSession, String path, Session.Node node, Session.Node controller) {
    LOG.info(
        "Broker {} takes over the registration of its earlier life (session 0x{}, epoch {})",
        brokerId,
        Long.toHexString(node.stat().getEphemeralOwner()),
        node.stat().getCzxid());
    List<Op> ops = new ArrayList<>();
    ops.add(Op.delete(path, node.stat().getVersion()));
    ops.add(
        Op.create(
            path,
            BrokerZNode.encode(wanted, wallClock.millis()),
            org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE,
            CreateMode.EPHEMERAL));
    if (controller != null
        && controller.stat().getEphemeralOwner() == node.stat().getEphemeralOwner()) {
      ops.add(Op.delete(ControllerZNode.PATH, controller.stat().getVersion()));
    }
    Futures.onDone(
        session.write(ops).thenCompose(batch -> session.read(List.of(Op.getData(path)))),
        (results, error) -> {
          if (ofSession != session.sessionId()) {
            return;
          }
          if (error == null
              && results.get(0) instanceof OpResult.GetDataResult mine
              && mine.getStat().getEphemeralOwner() == ofSession) {
            registered(mine.getStat().getCzxid(), mine.getStat().getVersion());
          } else if (error == null) {
            busy = false;
            retryLater(); // it changed in between
          } else {
            failed(error);
          }
        });
  }

  private void blocked(BrokerRegistration other, Session.Node node, String incarnation) {
    busy = false;
    long now = loop.nanoTime();
    Duration patience = session.timeout().plusSeconds(2);
    if (blockingEpoch != other.epoch()) {
      blockingEpoch = other.epoch();
      firstRefusedAt = now;
      LOG.warn(
          "Broker id {} is already registered by {} (incarnation {}, since {}, session 0x{}). Waiting up to {} for that "
              + "session to end; if that broker is alive, two brokers have the same broker.id and one must get another.",
          brokerId,
          other.endpoints(),
          incarnation,
          java.time.Instant.ofEpochMilli(node.stat().getCtime()),
          Long.toHexString(node.stat().getEphemeralOwner()),
          patience);
    }
    if (!first.isDone() && now - firstRefusedAt >= patience.toNanos()) {
      refused = true;
      first.completeExceptionally(
          new DuplicateBrokerRegistrationException(
              "Broker id "
                  + brokerId
                  + " is registered by another broker at "
                  + other.endpoints()
                  + " (incarnation "
                  + incarnation
                  + "), which is alive. Give one of the two another broker.id."));
      return;
    }
    retryLater();
  }
}
