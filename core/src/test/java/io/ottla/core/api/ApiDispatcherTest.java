package io.ottla.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ApiDispatcherTest {
  private static final HeartbeatRequestData BODY =
      new HeartbeatRequestData().setGroupId("g").setMemberId("m");

  private final RecordingMetrics metrics = new RecordingMetrics();

  @Test
  void acceptsWhatHandlersDeclare() {
    ApiDispatcher dispatcher =
        new ApiDispatcher(
            List.of(new TestHandler(request -> {})), Runnable::run, RequestMetrics.NONE);
    assertThat(dispatcher.accepts(ApiKeys.HEARTBEAT, (short) 0)).isTrue();
    assertThat(dispatcher.accepts(ApiKeys.HEARTBEAT, (short) 4)).isTrue();
    assertThat(dispatcher.accepts(ApiKeys.HEARTBEAT, (short) 5)).isFalse();
    assertThat(dispatcher.accepts(ApiKeys.HEARTBEAT, (short) -1)).isFalse();
    assertThat(dispatcher.accepts(ApiKeys.PRODUCE, (short) 9)).isFalse();
    assertThat(dispatcher.accepts(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, (short) 0)).isFalse();
  }

  @Test
  void refusesTwoHandlersOfOneKey() {
    List<ApiHandler<?>> twice = List.of(new TestHandler(r -> {}), new TestHandler(r -> {}));
    assertThatThrownBy(() -> new ApiDispatcher(twice, Runnable::run, RequestMetrics.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Heartbeat");
  }

  @Test
  void answersUnexpectedFailureWithHandlersErrorAndHidesItsText() {
    HeartbeatResponseData answer =
        call(
            request -> {
              throw new IllegalStateException("secret");
            });
    assertThat(answer.errorCode()).isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
    assertThat(metrics.events)
        .containsExactly("received Heartbeat v4 100", "unexpected", "completed", "error -1");
  }

  @Test
  void answersErrorsOfTheJvmThatConcernOneRequest() {
    assertThat(
            call(request -> {
                  throw new StackOverflowError();
                })
                .errorCode())
        .isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
  }

  @Test
  void answersApiExceptionWithItsCode() {
    HeartbeatResponseData answer =
        call(
            request -> {
              throw new NotControllerException("ask broker 2");
            });
    assertThat(answer.errorCode()).isEqualTo(Errors.NOT_CONTROLLER.code());
    assertThat(metrics.events).doesNotContain("unexpected");
  }

  @Test
  void answersFailedFutureWithHandlersError() {
    CompletableFuture<HeartbeatResponseData> later = new CompletableFuture<>();
    CompletableFuture<HeartbeatResponseData> answer =
        new ApiCaller(
                Runnable::run,
                metrics,
                new TestHandler(
                    request -> Responses.respondWhenDone(request, later.thenApply(x -> x))))
            .send(4, BODY, HeartbeatResponseData.class);
    assertThat(answer).isNotDone();
    later.completeExceptionally(new NotControllerException("moved"));
    assertThat(answer.join().errorCode()).isEqualTo(Errors.NOT_CONTROLLER.code());
  }

  @Test
  void doesNotAnswerTwiceWhenHandlerFailsAfterAnswering() {
    HeartbeatResponseData answer =
        call(
            request -> {
              request.respond(OutboundResponse.message(new HeartbeatResponseData()));
              throw new IllegalStateException("late");
            });
    assertThat(answer.errorCode()).isZero();
  }

  @Test
  void closesConnectionWhenNotEvenAnErrorResponseCanBeMade() {
    TestHandler broken =
        new TestHandler(
            request -> {
              throw new IllegalStateException("first");
            });
    broken.errorResponseFails = true;
    OutboundResponse response = new ApiCaller(broken).raw(4, BODY).join();
    assertThat(response.kind()).isEqualTo(OutboundResponse.Kind.CLOSE);
  }

  @Test
  void runsBlockingHandlersOnTheExecutorAndRefusesWhenItIsFull() {
    List<Runnable> queue = new ArrayList<>();
    Executor bounded =
        task -> {
          if (!queue.isEmpty()) {
            throw new RejectedExecutionException("full");
          }
          queue.add(task);
        };
    TestHandler handler =
        new TestHandler(
            request -> request.respond(OutboundResponse.message(new HeartbeatResponseData())));
    handler.blocking = true;
    ApiCaller caller = new ApiCaller(bounded, metrics, handler);
    CompletableFuture<HeartbeatResponseData> first =
        caller.send(4, BODY, HeartbeatResponseData.class);
    assertThat(first).isNotDone();
    assertThat(caller.call(4, BODY, HeartbeatResponseData.class).errorCode())
        .isEqualTo(Errors.REQUEST_TIMED_OUT.code());
    assertThat(metrics.events).contains("rejected");
    queue.remove(0).run();
    assertThat(first.join().errorCode()).isZero();
  }

  @Test
  void measuresQueueLocalAndTotalTime() {
    long[] clock = {1_000};
    List<String> times = new ArrayList<>();
    InboundRequest[] parked = new InboundRequest[1];
    TestHandler handler =
        new TestHandler(
            request -> {
              clock[0] += 20;
              parked[0] = request;
            });
    RecordingMetrics timing =
        new RecordingMetrics() {
          @Override
          public void requestCompleted(ApiKeys key, long queue, long local, long total) {
            times.add(queue + " " + local + " " + total);
          }
        };
    List<Runnable> queue = new ArrayList<>();
    handler.blocking = true;
    ApiDispatcher dispatcher =
        new ApiDispatcher(List.of(handler), queue::add, timing, () -> clock[0]);
    CompletableFuture<OutboundResponse> answer = new CompletableFuture<>();
    dispatcher.handle(request(990, null, answer));
    clock[0] += 5;
    queue.remove(0).run();
    clock[0] += 100;
    parked[0].respond(OutboundResponse.message(new HeartbeatResponseData()));
    assertThat(answer).isDone();
    assertThat(times).containsExactly("15 20 135");
  }

  @Test
  void releasesTheFrameThroughTheHandlersRequest() {
    boolean[] released = {false};
    AbstractReferenceCounted frame =
        new AbstractReferenceCounted() {
          @Override
          protected void deallocate() {
            released[0] = true;
          }

          @Override
          public ReferenceCounted touch(Object hint) {
            return this;
          }
        };
    List<Boolean> seen = new ArrayList<>();
    TestHandler handler =
        new TestHandler(
            request -> {
              seen.add(released[0]);
              request.releaseFrame();
              seen.add(released[0]);
              request.respond(OutboundResponse.message(new HeartbeatResponseData()));
            });
    new ApiDispatcher(List.of(handler), Runnable::run, RequestMetrics.NONE)
        .handle(request(0, frame, new CompletableFuture<>()));
    assertThat(seen).containsExactly(false, true);
  }

  private HeartbeatResponseData call(Consumer<InboundRequest> behaviour) {
    return new ApiCaller(Runnable::run, metrics, new TestHandler(behaviour))
        .call(4, BODY, HeartbeatResponseData.class);
  }

  private static InboundRequest request(
      long arrival, ReferenceCounted frame, CompletableFuture<OutboundResponse> answer) {
    return new InboundRequest(
        new ApiCaller(new TestHandler(r -> {})).client(),
        ApiKeys.HEARTBEAT,
        (short) 4,
        1,
        "tester",
        BODY,
        100,
        arrival,
        0,
        frame,
        (request, response) -> answer.complete(response));
  }

  private static final class TestHandler implements ApiHandler<HeartbeatRequestData> {
    private final Consumer<InboundRequest> behaviour;
    private boolean blocking;
    private boolean errorResponseFails;

    TestHandler(Consumer<InboundRequest> behaviour) {
      this.behaviour = behaviour;
    }

    @Override
    public ApiKeys apiKey() {
      return ApiKeys.HEARTBEAT;
    }

    @Override
    public Class<HeartbeatRequestData> requestType() {
      return HeartbeatRequestData.class;
    }

    @Override
    public boolean mayBlock() {
      return blocking;
    }

    @Override
    public void handle(InboundRequest request, HeartbeatRequestData body) {
      behaviour.accept(request);
    }

    @Override
    public Object errorResponse(
        HeartbeatRequestData body, short version, Errors error, String message) {
      if (errorResponseFails) {
        throw new IllegalStateException("second");
      }
      assertThat(message == null ? "" : message).doesNotContain("secret");
      return new HeartbeatResponseData().setErrorCode(error.code());
    }

    @Override
    public void countErrors(Object response, ErrorCounter counter) {
      counter.count(((HeartbeatResponseData) response).errorCode());
    }
  }

  private static class RecordingMetrics implements RequestMetrics {
    final List<String> events = new ArrayList<>();

    @Override
    public void requestReceived(ApiKeys key, short version, int bytes) {
      events.add("received " + key.name + " v" + version + " " + bytes);
    }

    @Override
    public void requestCompleted(ApiKeys key, long queue, long local, long total) {
      events.add("completed");
    }

    @Override
    public void error(ApiKeys key, Errors error) {
      events.add("error " + error.code());
    }

    @Override
    public void unexpectedFailure(ApiKeys key) {
      events.add("unexpected");
    }

    @Override
    public void rejected(ApiKeys key) {
      events.add("rejected");
    }
  }
}
