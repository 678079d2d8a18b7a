package io.ottla.network.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.codec.RecordSets;
import io.ottla.network.server.EventLoops;
import io.ottla.network.server.ListenerConfig;
import io.ottla.network.server.NetworkServer;
import io.ottla.network.server.NetworkServerConfig;
import io.ottla.network.server.TestRequestHandler;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BrokerClientTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private final TestRequestHandler handler = new TestRequestHandler();
  private EventLoops loops;
  private NetworkServer server;
  private int port;
  private BrokerClient client;

  @BeforeEach
  void start() {
    loops = new EventLoops(2);
    serve(0);
    client = client(port);
  }

  private void serve(int onPort) {
    NetworkServerConfig config =
        NetworkServerConfig.defaults(
            List.of(new ListenerConfig("PLAINTEXT", "PLAINTEXT", "127.0.0.1", onPort)));
    server = new NetworkServer(config, loops, handler, new MetricRegistry());
    port = server.bind().get("PLAINTEXT").getPort();
    server.startAccepting();
  }

  private BrokerClient client(int toPort) {
    return new BrokerClient(
        "127.0.0.1", toPort, BrokerClientConfig.defaults("b1"), loops.next(), loops, Runnable::run);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
    handler.requests.forEach(InboundRequest::releaseFrame);
    loops.close();
  }

  @Test
  void sendsInTheHighestVersionAndGetsTheAnswer() throws Exception {
    handler.action = TestRequestHandler::answer;
    assertThat(client.isConnected()).isFalse();
    try (ClientResponse response = get(heartbeat())) {
      assertThat(response.version()).isEqualTo(ApiKeys.HEARTBEAT.latestVersion());
      assertThat(response.body(HeartbeatResponseData.class).errorCode()).isZero();
    }
    assertThat(client.isConnected()).isTrue();
    assertThat(handler.requests.get(0).apiKey()).isEqualTo(ApiKeys.API_VERSIONS);
    assertThat(handler.requests.get(0).context().clientSoftwareName()).isEqualTo("ottla");
    assertThat(handler.requests.get(1).clientId()).isEqualTo("b1");
  }

  @Test
  void pipelinesRequests() throws Exception {
    List<CompletableFuture<ClientResponse>> futures = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      futures.add(heartbeat());
    }
    await().until(() -> handler.requests.size() == 51);
    for (int i = 50; i > 0; i--) {
      TestRequestHandler.answer(handler.requests.get(i));
    }
    for (CompletableFuture<ClientResponse> future : futures) {
      get(future).close();
    }
    assertThat(server.connectionCount()).isEqualTo(1);
  }

  @Test
  void recordSetsAreViewsOfTheAnswer() throws Exception {
    byte[] records = new byte[300_000];
    records[299_999] = 7;
    handler.action =
        request -> {
          PartitionData partition = new PartitionData();
          RecordSets.set(partition, ByteBuffer.wrap(records));
          FetchResponseData response = new FetchResponseData();
          response
              .responses()
              .add(new FetchableTopicResponse().setTopic("t").setPartitions(List.of(partition)));
          request.respond(OutboundResponse.message(response));
        };
    ClientResponse response = get(client.send(ApiKeys.FETCH, new FetchRequestData(), LONG));
    PartitionData partition =
        response.body(FetchResponseData.class).responses().get(0).partitions().get(0);
    assertThat(RecordSets.bytes(partition)).isEqualTo(ByteBuffer.wrap(records));
    response.close();
    response.close();
  }

  @Test
  void aRefusedConnectionFailsAtOnceAndTheNextSendConnectsAgain() throws Exception {
    server.close();
    PeerUnavailableException refused = failure(heartbeat(), PeerUnavailableException.class);
    assertThat(refused).isInstanceOf(ConnectException.class).hasMessageContaining(":" + port);
    assertThat(refused.mayHaveBeenSent()).isFalse();
    handler.action = TestRequestHandler::answer;
    serve(port);
    get(heartbeat()).close();
  }

  @Test
  void aConnectionThatEndsFailsWhatIsInFlightAtOnce() throws Exception {
    CompletableFuture<ClientResponse> future = heartbeat();
    await().until(() -> handler.requests.size() == 2);
    handler.requests.get(1).respond(OutboundResponse.closeConnection("test"));
    assertThat(failure(future, PeerUnavailableException.class).mayHaveBeenSent()).isTrue();
    assertThat(client.isConnected()).isFalse();
    handler.action = TestRequestHandler::answer;
    get(heartbeat()).close();
  }

  @Test
  void aRequestThatIsNotAnsweredTimesOutAndClosesTheConnection() throws Exception {
    CompletableFuture<ClientResponse> slow =
        client.send(ApiKeys.HEARTBEAT, new HeartbeatRequestData(), Duration.ofMillis(300));
    CompletableFuture<ClientResponse> behind = heartbeat();
    assertThat(failure(slow, TimeoutException.class)).hasMessageContaining("Heartbeat");
    failure(behind, PeerUnavailableException.class);
    await().until(() -> server.connectionCount() == 0);
  }

  @Test
  void aPeerThatSaysNothingTimesOut() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        BrokerClient other = client(silent.getLocalPort())) {
      failure(
          other.send(ApiKeys.HEARTBEAT, new HeartbeatRequestData(), Duration.ofMillis(200)),
          TimeoutException.class);
    }
  }

  @Test
  void aPeerThatSpeaksSomethingElseIsNamed() throws Exception {
    try (ServerSocket web = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        BrokerClient other = client(web.getLocalPort())) {
      CompletableFuture<ClientResponse> future =
          other.send(ApiKeys.HEARTBEAT, new HeartbeatRequestData(), LONG);
      try (var socket = web.accept()) {
        socket.getOutputStream().write(new byte[] {0x15, 3, 3, 0, 2, 2, 70});
        assertThat(failure(future, PeerUnavailableException.class)).hasMessageContaining("tls");
      }
    }
  }

  @Test
  void anUnknownHostFails() throws Exception {
    try (BrokerClient other =
        new BrokerClient(
            "no-such-host.invalid",
            9,
            BrokerClientConfig.defaults("b1"),
            loops.next(),
            loops,
            task -> {
              throw new RejectedExecutionException("full");
            })) {
      assertThat(
              failure(
                  other.send(ApiKeys.HEARTBEAT, new HeartbeatRequestData(), LONG),
                  PeerUnavailableException.class))
          .hasMessageContaining("no-such-host.invalid");
    }
  }

  @Test
  void aClosedClientFailsEverything() throws Exception {
    CompletableFuture<ClientResponse> future = heartbeat();
    await().until(() -> handler.requests.size() == 2);
    client.close();
    failure(future, PeerUnavailableException.class);
    failure(heartbeat(), PeerUnavailableException.class);
    await().until(() -> server.connectionCount() == 0);
  }

  @Test
  void tooManyPendingRequestsAreRefused() throws Exception {
    List<CompletableFuture<ClientResponse>> pending = new ArrayList<>();
    for (int i = 0; i < BrokerClientConfig.defaults("b1").maxPending(); i++) {
      pending.add(heartbeat());
    }
    failure(heartbeat(), RejectedExecutionException.class);
    assertThat(pending).noneMatch(CompletableFuture::isDone);
  }

  @Test
  void aMessageThatCannotBeWrittenFailsAloneAndTheConnectionStays() throws Exception {
    handler.action = TestRequestHandler::answer;
    get(heartbeat()).close();
    HeartbeatRequestData broken = new HeartbeatRequestData().setGroupId("x".repeat(40_000));
    failure(client.send(ApiKeys.HEARTBEAT, broken, LONG), RuntimeException.class);
    get(heartbeat()).close();
    assertThat(handler.requests).extracting(InboundRequest::apiKey).hasSize(3);
  }

  private CompletableFuture<ClientResponse> heartbeat() {
    return client.send(ApiKeys.HEARTBEAT, new HeartbeatRequestData(), LONG);
  }

  private static ClientResponse get(CompletableFuture<ClientResponse> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  private static <T extends Throwable> T failure(
      CompletableFuture<ClientResponse> future, Class<T> type) throws Exception {
    try {
      future.get(10, TimeUnit.SECONDS).close();
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(type);
      return type.cast(e.getCause());
    }
    throw new IOException("The request was answered, but should have failed");
  }
}
