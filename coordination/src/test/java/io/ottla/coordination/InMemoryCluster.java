package io.ottla.coordination;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.ControllerSettings;
import io.ottla.coordination.cluster.ImagePublisher;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.PartitionState;
import io.ottla.coordination.cluster.TopicImage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The cluster's truth without ZooKeeper, for tests: the same controller code, no thread, no socket,
 * all time and all delivery in the hands of the test.
 *
 * <p>A write changes the truth at once and reaches the writer's own image at once; the other
 * brokers' images learn of it when the test delivers it ({@link #deliver}, {@link #deliverAll()},
 * {@link #catchUp}), each broker at its own pace - or by itself in immediate mode. {@link
 * #disconnect} stops deliveries and holds back writes; {@link #expireSession} ends a session;
 * {@link #crash} ends a process, whose ephemerals stay until its session expires or the same broker
 * starts anew.
 *
 * <p>Confined to the thread of the test.
 */
public final class InMemoryCluster {
  /**
   * A change of the truth that can be replayed on an image; it must do nothing on an image that is
   * ahead of it.
   */
  interface Change extends Consumer<ClusterImage.Builder> {}

  private record Timer(long at, long sequence, Runnable task) {}

  private final boolean immediate;
  private final Random random;
  private final ImagePublisher truth = new ImagePublisher();
  private final Map<Integer, InMemoryCoordination> views = new HashMap<>();
  private final Map<Integer, InMemoryCoordination> sessionOf = new HashMap<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::sequence));
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private Duration sessionTimeout = Duration.ofSeconds(18);
  private boolean running;
  private long now;
  private long sequence;
  private long nextProducerId;
  private long nextEpoch = 1;
  private InMemoryCoordination controllerOwner;

  private InMemoryCluster(boolean immediate, long seed) {
    this.immediate = immediate;
    this.random = new Random(seed);
    truth.update(b -> b.clusterId("in-memory-cluster-0000"));
  }

  /** Every change is delivered to every connected broker at once. */
  public static InMemoryCluster immediate() {
    return new InMemoryCluster(true, 1);
  }

  /** Changes are delivered when the test says so. */
  public static InMemoryCluster pumped(long seed) {
    return new InMemoryCluster(false, seed);
  }

  /**
   * A broker process that starts, with Kafka's default settings; a view of the same id that still
   * lives is crashed.
   */
  public InMemoryCoordination coordination(int brokerId) {
    return coordination(brokerId, ControllerSettings.defaults());
  }

  /** A broker process that starts; a view of the same id that still lives is crashed. */
  public InMemoryCoordination coordination(int brokerId, ControllerSettings settings) {
    InMemoryCoordination old = views.get(brokerId);
    if (old != null) {
      crash(brokerId);
    }
    InMemoryCoordination view = new InMemoryCoordination(this, brokerId, settings, random);
    views.put(brokerId, view);
    return view;
  }

  /** What a reader of ZooKeeper would see now. */
  public ClusterImage truth() {
    return truth.image();
  }

  /** Changes not yet delivered to a broker. */
  public int pending(int brokerId) {
    InMemoryCoordination view = views.get(brokerId);
    return view == null ? 0 : view.pending();
  }

  /** Delivers the oldest change; false when there is none or the broker is not reachable. */
  public boolean deliver(int brokerId) {
    InMemoryCoordination view = views.get(brokerId);
    return view != null && call(view::deliverOne);
  }

  /** Delivers everything to one broker, change by change. */
  public void deliverAll(int brokerId) {
    while (deliver(brokerId)) {
      // until nothing is left
    }
  }

  /** Delivers everything to everybody, round by round, until nothing is left. */
  public void deliverAll() {
    boolean more = true;
    while (more) {
      more = false;
      for (int brokerId : List.copyOf(views.keySet())) {
        more |= deliver(brokerId);
      }
    }
  }

  /**
   * Drops what is pending for a broker and shows it the truth in one step, as after missed events.
   */
  public void catchUp(int brokerId) {
    InMemoryCoordination view = views.get(brokerId);
    if (view != null) {
      run(view::catchUp);
    }
  }

  /** Cuts a broker from the coordination service: nothing is delivered, and its writes wait. */
  public void disconnect(int brokerId) {
    views.get(brokerId).disconnect(now);
  }

  /**
   * Ends {@link #disconnect}; held writes take effect now, unless the session expired meanwhile and
   * they were fenced.
   */
  public void reconnect(int brokerId) {
    run(views.get(brokerId)::reconnect);
  }

  /**
   * Ends the session of a broker, dead or alive: its ephemerals vanish. A live one registers anew
   * as soon as it is connected.
   */
  public void expireSession(int brokerId) {
    InMemoryCoordination owner = sessionOf.get(brokerId);
    run(
        () -> {
          if (owner != null) {
            owner.onExpiring();
            dropEphemerals(owner);
          }
        });
    if (owner != null) {
      run(owner::onExpired);
    }
  }

  /**
   * Ends a process without a goodbye: its session lives on until {@link #expireSession} or until
   * the broker starts anew.
   */
  public void crash(int brokerId) {
    InMemoryCoordination view = views.remove(brokerId);
    if (view != null) {
      view.kill();
    }
  }

  /** Lets time pass, firing what falls due. */
  public void advance(Duration duration) {
    long until = now + duration.toNanos();
    while (!timers.isEmpty() && timers.peek().at() <= until) {
      Timer timer = timers.poll();
      now = Math.max(now, timer.at());
      run(timer.task());
    }
    now = until;
  }

  /** How long a disconnected broker believes in its session. */
  public void sessionTimeout(Duration timeout) {
    sessionTimeout = timeout;
  }

  Duration sessionTimeout() {
    return sessionTimeout;
  }

  long nanoTime() {
    return now;
  }

  void schedule(Duration delay, Runnable task) {
    timers.add(new Timer(now + delay.toNanos(), sequence++, task));
  }

  /**
   * Runs the task after all that were given before; nested tasks wait for the current one to end.
   */
  void run(Runnable task) {
    tasks.add(task);
    if (running) {
      return;
    }
    running = true;
    try {
      for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
        next.run();
      }
    } finally {
      running = false;
    }
  }

  private boolean call(java.util.function.BooleanSupplier task) {
    boolean[] result = new boolean[1];
    run(() -> result[0] = task.getAsBoolean());
    return result[0];
  }

  /** Changes the truth and passes the change on. */
  void change(Change change) {
    truth.update(change);
    for (InMemoryCoordination view : List.copyOf(views.values())) {
      view.enqueue(change);
      if (immediate) {
        run(view::deliverOne);
      }
    }
  }

  /** Puts the registration in place of whatever this broker had; returns it with its epoch. */
  BrokerRegistration register(InMemoryCoordination view, BrokerRegistration registration) {
    InMemoryCoordination previous = sessionOf.get(registration.id());
    if (previous != null && previous != view) {
      dropEphemerals(previous);
    }
    BrokerRegistration registered = registration.withEpoch(nextEpoch++);
    sessionOf.put(registration.id(), view);
    change(
        b -> {
          BrokerRegistration known = b.currentBrokers().get(registered.id());
          if (known == null || known.epoch() < registered.epoch()) {
            b.broker(registered);
          }
        });
    return registered;
  }

  void updateRegistration(BrokerRegistration registered) {
    change(
        b -> {
          BrokerRegistration known = b.currentBrokers().get(registered.id());
          if (known != null && known.epoch() == registered.epoch()) {
            b.broker(registered);
          }
        });
  }

  /** True when this view's session owns the registration of its broker. */
  boolean ownsSession(InMemoryCoordination view) {
    return sessionOf.get(view.brokerId()) == view;
  }

  void dropEphemerals(InMemoryCoordination view) {
    if (sessionOf.get(view.brokerId()) == view) {
      sessionOf.remove(view.brokerId());
      BrokerRegistration gone = truth().brokers().get(view.brokerId());
      if (gone != null) {
        change(
            b -> {
              BrokerRegistration known = b.currentBrokers().get(gone.id());
              if (known != null && known.epoch() == gone.epoch()) {
                b.removeBroker(gone.id());
              }
            });
      }
    }
    if (controllerOwner == view) {
      controllerOwner = null;
      int epoch = truth().controllerEpoch();
      change(
          b -> {
            if (b.currentControllerEpoch() <= epoch) {
              b.controller(-1, epoch);
            }
          });
    }
  }

  /** The new controller epoch, or -1 when the office is taken. */
  int claim(InMemoryCoordination view) {
    if (controllerOwner != null) {
      return controllerOwner == view ? truth().controllerEpoch() : -1;
    }
    controllerOwner = view;
    int epoch = truth().controllerEpoch() + 1;
    change(
        b -> {
          if (b.currentControllerEpoch() < epoch) {
            b.controller(view.brokerId(), epoch);
          }
        });
    return epoch;
  }

  boolean inOffice(InMemoryCoordination view, int epoch) {
    return controllerOwner == view && truth().controllerEpoch() == epoch;
  }

  /** Replays a partition state unless the image already has that version or a later one. */
  static Change stateChange(TopicImage topic, int partition, PartitionState state, int version) {
    return b -> {
      TopicImage known = b.currentTopic(topic.name());
      PartitionImage old = b.currentPartition(topic.name(), partition);
      if (known != null
          && known.id().equals(topic.id())
          && old != null
          && old.version() < version) {
        b.partition(topic.name(), old.withState(state, version));
      }
    };
  }

  /** Replays several changes as one. */
  static Change all(List<Change> changes) {
    List<Change> copy = new ArrayList<>(changes);
    return b -> copy.forEach(change -> change.accept(b));
  }

  long allocate(int size) {
    long first = nextProducerId;
    nextProducerId += size;
    return first;
  }
}
