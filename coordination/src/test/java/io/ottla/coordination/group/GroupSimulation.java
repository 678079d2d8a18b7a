package io.ottla.coordination.group;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * One group under a seeded scheduler: clients join, consume, flap and vanish; appends are refused,
 * commit late, or are lost with their leader; answers are delivered late and in any order. Checked
 * after every step: a partition has at most one owner per generation, a generation that was
 * succeeded commits nothing, what was committed is never seen to go back, every request is answered
 * once, and the log replays to what the shard holds.
 */
final class GroupSimulation {
  private static final int PARTITIONS = 6;
  private static final String GROUP = "sim";

  private final Random random;
  private final List<Client> clients = new ArrayList<>();
  private final List<Runnable> network = new ArrayList<>();
  private final List<GroupRecord> log = new ArrayList<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private final Map<Integer, Map<Integer, String>> ownersByGeneration = new TreeMap<>();
  private final long[] acknowledged = new long[PARTITIONS];
  private final GroupConfig config = GroupConfig.defaults().withInitialRebalanceDelayMs(500);
  private GroupShard shard;
  private int ids;
  private long nowMs = 10_000;
  private int committed;
  private int unanswered;
  private int newestGeneration;
  private int refuseNext;
  int generations;
  int commits;

  private record Waiting(int logSize, Effects.Answer answer) {}

  GroupSimulation(long seed) {
    random = new Random(seed);
    Arrays.fill(acknowledged, -1);
    shard = newShard();
    int count = 2 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      clients.add(new Client("c" + i));
    }
  }

  private GroupShard newShard() {
    GroupShard fresh = new GroupShard(config, () -> "u" + ids++);
    log.forEach(fresh::replay);
    fresh.loaded(now());
    return fresh;
  }

  private Now now() {
    return new Now(nowMs, nowMs);
  }

  void run(int steps) {
    for (int step = 0; step < steps; step++) {
      step(true);
    }
    settle();
  }

  /** With everybody well the group ends Stable, and every partition has an owner. */
  private void settle() {
    refuseNext = 0;
    clients.forEach(client -> client.silentUntil = 0);
    long deadline = nowMs + 1_000_000;
    while (nowMs < deadline) {
      step(false);
      boolean stable =
          clients.stream().allMatch(c -> c.stable() && c.generation == newestGeneration);
      TreeSet<Integer> owned = new TreeSet<>();
      clients.forEach(c -> owned.addAll(c.positions.keySet()));
      if (stable && owned.size() == PARTITIONS) {
        drain();
        return;
      }
    }
    throw new AssertionError("The group does not settle: " + shard.events(GROUP));
  }

  private void drain() {
    do {
      committed = log.size();
      flush();
      List<Runnable> travelling = List.copyOf(network);
      network.clear();
      travelling.forEach(Runnable::run);
    } while (!network.isEmpty() || committed < log.size());
    flush();
    if (unanswered != 0) {
      throw new AssertionError(unanswered + " requests never got an answer");
    }
    GroupShard copy = newShard();
    if (!copy.snapshot().equals(shard.snapshot())) {
      throw new AssertionError("Replaying the log gives another state.");
    }
  }

  private void step(boolean faults) {
    int dice = random.nextInt(100);
    if (dice < 45 && !network.isEmpty()) {
      network.remove(random.nextInt(network.size())).run();
    } else if (dice < 75) {
      clients.get(random.nextInt(clients.size())).act(faults);
    } else if (dice < 88) {
      committed = faults ? committed + random.nextInt(log.size() - committed + 1) : log.size();
      flush();
    } else if (dice < 97 || !faults) {
      advance(random.nextInt(faults && random.nextInt(40) == 0 ? 20_000 : 300));
    } else if (dice == 97) {
      failOver();
    } else if (dice == 98) {
      refuseNext = 1;
    } else if (random.nextInt(4) == 0) {
      clients.get(random.nextInt(clients.size())).silentUntil = nowMs + random.nextInt(15_000);
    }
  }

  private void advance(long ms) {
    long end = nowMs + ms;
    while (shard.nextDeadlineMs() <= end) {
      nowMs = Math.max(nowMs, shard.nextDeadlineMs());
      perform(shard.onTimer(now()));
    }
    nowMs = end;
  }

  private void perform(Effects effects) {
    effects.immediate().forEach(Runnable::run);
    if (!effects.records().isEmpty() && refuseNext > 0) {
      refuseNext--;
      effects.afterCommit().forEach(a -> a.fail(Errors.NOT_ENOUGH_REPLICAS));
      perform(effects.refused(Errors.NOT_ENOUGH_REPLICAS, now()));
      return;
    }
    for (GroupRecord record : effects.records()) {
      log.add(record);
      shard.replay(record);
    }
    effects.afterCommit().forEach(a -> waiting.add(new Waiting(log.size(), a)));
    flush();
  }

  private void flush() {
    while (!waiting.isEmpty() && waiting.get(0).logSize() <= committed) {
      waiting.remove(0).answer().send();
    }
  }

  /** Another broker leads; what was not committed may be lost. */
  private void failOver() {
    List<Waiting> lost = List.copyOf(waiting);
    waiting.clear();
    lost.forEach(w -> w.answer().fail(Errors.NOT_COORDINATOR));
    shard.unload(Errors.NOT_COORDINATOR).immediate().forEach(Runnable::run);
    int kept = committed + random.nextInt(log.size() - committed + 1);
    log.subList(kept, log.size()).clear();
    shard = newShard();
  }

  private <T> Reply<T> reply(java.util.function.BiConsumer<T, Errors> receiver) {
    unanswered++;
    return new Reply<>() {
      private boolean answered;

      @Override
      public void complete(T response) {
        once();
        network.add(() -> receiver.accept(response, Errors.NONE));
      }

      @Override
      public void fail(Errors error) {
        once();
        network.add(() -> receiver.accept(null, error));
      }

      private void once() {
        if (answered) {
          throw new AssertionError("answered twice");
        }
        answered = true;
        unanswered--;
      }
    };
  }

  private final class Client {
    final String name;
    String memberId = "";
    int generation = -1;
    boolean busy;
    boolean joined;
    long silentUntil;
    List<String> toAssign = List.of();
    final Map<Integer, Long> positions = new HashMap<>();
    private final Deque<Runnable> travelling = new ArrayDeque<>();
    private boolean synced;
    private int attempt;

    Client(String name) {
      this.name = name;
    }

    boolean stable() {
      return synced;
    }

    void act(boolean faults) {
      if (nowMs < silentUntil || busy) {
        return;
      }
      if (!synced && !travelling.isEmpty()) {
        return; // nothing overtakes on one connection
      }
      if (!joined) {
        join();
      } else if (!synced) {
        sync();
      } else {
        int dice = random.nextInt(faults ? 20 : 12);
        if (dice < 8) {
          heartbeat();
        } else if (dice < 19) {
          commit();
        } else {
          leave();
        }
      }
    }

    private void join() {
      busy = true;
      var request =
          ShardHarness.joinRequest(memberId, null, "p")
              .setGroupId(GROUP)
              .setRebalanceTimeoutMs(15_000);
      Reply<JoinGroupResponseData> reply = reply(this::joined);
      perform(shard.join(new ClientOrigin(name, "/h"), request, (short) 5, now(), reply));
    }

    private void joined(JoinGroupResponseData response, Errors failure) {
      busy = false;
      Errors error = failure != Errors.NONE ? failure : Errors.forCode(response.errorCode());
      if (error == Errors.MEMBER_ID_REQUIRED) {
        memberId = response.memberId();
      } else if (error == Errors.NONE) {
        memberId = response.memberId();
        generation = response.generationId();
        joined = true;
        synced = false;
        toAssign = response.members().stream().map(JoinGroupResponseMember::memberId).toList();
      } else if (error == Errors.UNKNOWN_MEMBER_ID) {
        reset();
      }
    }

    private void sync() {
      busy = true;
      SyncGroupRequestData request =
          new SyncGroupRequestData()
              .setGroupId(GROUP)
              .setMemberId(memberId)
              .setGenerationId(generation);
      for (int i = 0; i < toAssign.size(); i++) {
        ByteBuffer part = ByteBuffer.allocate(PARTITIONS);
        for (int p = i; p < PARTITIONS; p += toAssign.size()) {
          part.put((byte) p);
        }
        request
            .assignments()
            .add(
                new SyncGroupRequestAssignment()
                    .setMemberId(toAssign.get(i))
                    .setAssignment(Arrays.copyOf(part.array(), part.position())));
      }
      int asked = generation;
      Reply<SyncGroupResponseData> reply = reply((response, e) -> synced(asked, response, e));
      perform(shard.sync(request, now(), reply));
    }

    private void synced(int asked, SyncGroupResponseData response, Errors failure) {
      busy = false;
      Errors error = failure != Errors.NONE ? failure : Errors.forCode(response.errorCode());
      if (error == Errors.NONE) {
        synced = true;
        attempt++;
        generations += asked > newestGeneration ? 1 : 0;
        newestGeneration = Math.max(newestGeneration, asked);
        positions.clear();
        for (byte partition : response.assignment()) {
          String other =
              ownersByGeneration
                  .computeIfAbsent(asked, g -> new HashMap<>())
                  .putIfAbsent((int) partition, name);
          if (other != null && !other.equals(name)) {
            throw new AssertionError(
                "Partition " + partition + " has two owners in generation " + asked);
          }
          fetch(partition);
        }
      } else {
        rejoin(error);
      }
    }

    private void fetch(int partition) {
      OffsetFetchRequestTopics topic = new OffsetFetchRequestTopics().setName("t");
      topic.setPartitionIndexes(List.of(partition));
      OffsetFetchRequestGroup request = new OffsetFetchRequestGroup().setGroupId(GROUP);
      request.setTopics(List.of(topic));
      int mine = attempt;
      long known = acknowledged[partition];
      Reply<OffsetFetchResponseGroup> reply =
          reply(
              (response, e) -> {
                if (response == null) {
                  if (attempt == mine && synced) {
                    rejoin(Errors.REBALANCE_IN_PROGRESS);
                  }
                  return;
                }
                long offset = response.topics().get(0).partitions().get(0).committedOffset();
                if (offset < known) {
                  throw new AssertionError(
                      "Partition " + partition + " was at " + known + " and is at " + offset);
                }
                if (attempt == mine && synced) {
                  positions.put(partition, offset);
                }
              });
      perform(shard.fetchOffsets(request, reply));
    }

    private void commit() {
      if (positions.isEmpty()) {
        return;
      }
      List<Integer> owned = List.copyOf(positions.keySet());
      int partition = owned.get(random.nextInt(owned.size()));
      long offset = positions.get(partition) + 1 + random.nextInt(5);
      positions.put(partition, offset);
      OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic().setName("t");
      topic
          .partitions()
          .add(
              new OffsetCommitRequestPartition()
                  .setPartitionIndex(partition)
                  .setCommittedOffset(offset));
      OffsetCommitRequestData request =
          new OffsetCommitRequestData()
              .setGroupId(GROUP)
              .setMemberId(memberId)
              .setGenerationIdOrMemberEpoch(generation);
      request.topics().add(topic);
      int asked = generation;
      boolean[] succeeded = new boolean[1];
      Reply<OffsetCommitResponseData> reply =
          reply(
              (response, failure) -> {
                Errors error =
                    failure != Errors.NONE
                        ? failure
                        : Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
                if (error == Errors.NONE) {
                  commits++;
                  if (succeeded[0]) {
                    throw new AssertionError(
                        "Generation " + asked + " committed after " + newestGeneration);
                  }
                  acknowledged[partition] = Math.max(acknowledged[partition], offset);
                } else if (generation == asked && synced) {
                  rejoin(error);
                }
              });
      travelling.add(
          () -> {
            succeeded[0] = newestGeneration > asked;
            perform(shard.commitOffsets(request, now(), reply));
          });
      network.add(() -> travelling.remove().run());
      if (random.nextInt(10) == 0) {
        commitLate(request.duplicate());
      }
    }

    /** The same request from a connection that hangs, for a topic that nobody reads back. */
    private void commitLate(OffsetCommitRequestData request) {
      request.topics().get(0).setName("late");
      int asked = generation;
      hang(
          random.nextInt(200),
          () -> {
            boolean succeeded = newestGeneration > asked;
            Reply<OffsetCommitResponseData> reply =
                reply(
                    (response, failure) -> {
                      if (failure == Errors.NONE
                          && response.topics().get(0).partitions().get(0).errorCode() == 0
                          && succeeded) {
                        throw new AssertionError(
                            "Generation " + asked + " committed after " + newestGeneration);
                      }
                    });
            perform(shard.commitOffsets(request, now(), reply));
          });
    }

    private void hang(int turns, Runnable then) {
      network.add(turns == 0 ? then : () -> hang(turns - 1, then));
    }

    private void heartbeat() {
      busy = true;
      int asked = generation;
      Reply<HeartbeatResponseData> reply =
          reply(
              (response, failure) -> {
                busy = false;
                Errors error = Errors.forCode(response.errorCode());
                if (error != Errors.NONE && asked == generation) {
                  rejoin(error);
                }
              });
      perform(
          shard.heartbeat(
              new HeartbeatRequestData()
                  .setGroupId(GROUP)
                  .setMemberId(memberId)
                  .setGenerationId(generation),
              now(),
              reply));
    }

    private void leave() {
      LeaveGroupRequestData request = new LeaveGroupRequestData().setGroupId(GROUP);
      request.members().add(new MemberIdentity().setMemberId(memberId));
      Reply<LeaveGroupResponseData> reply = reply((response, failure) -> {});
      perform(shard.leave(request, now(), reply));
      reset();
    }

    private void rejoin(Errors error) {
      joined = false;
      synced = false;
      positions.clear();
      if (error == Errors.UNKNOWN_MEMBER_ID || error == Errors.ILLEGAL_GENERATION) {
        reset();
      }
    }

    private void reset() {
      joined = false;
      synced = false;
      memberId = "";
      generation = -1;
      positions.clear();
    }
  }
}
