package io.ottla.network.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.epoll.Epoll;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.codec.RecordSets;
import io.ottla.network.codec.TestSlice;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkServerTest {
  private final TestRequestHandler handler = new TestRequestHandler();
  private final MetricRegistry metrics = new MetricRegistry();
  private EventLoops loops;
  private NetworkServer server;
  private InetSocketAddress address;

  private void start(NetworkServerConfig config, boolean epoll) {
    loops = new EventLoops(2, "io", epoll, PooledByteBufAllocator.DEFAULT);
    server = new NetworkServer(config, loops, handler, metrics);
    address = server.bind().get("PLAINTEXT");
    server.startAccepting();
  }

  private static NetworkServerConfig.Builder config() {
    return NetworkServerConfig.builder(
        List.of(new ListenerConfig("PLAINTEXT", "PLAINTEXT", "127.0.0.1", 0)));
  }

  @AfterEach
  void stop() {
    server.close();
    assertThat(server.connectionCount()).isZero();
    loops.close();
    assertThat(metrics.getGauges()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void servesManyPipelinedRequests(boolean epoll) throws IOException {
    handler.action = TestRequestHandler::answer;
    start(config().build(), epoll && Epoll.isAvailable());
    try (Socket socket = connect()) {
      for (int i = 0; i < 1_000; i++) {
        write(socket, WireBytes.heartbeat(i));
      }
      DataInputStream in = new DataInputStream(socket.getInputStream());
      for (int i = 0; i < 1_000; i++) {
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        assertThat(ByteBuffer.wrap(answer).getInt()).isEqualTo(i);
      }
      assertThat(server.connectionCount()).isEqualTo(1);
    }
    await().untilAsserted(() -> assertThat(server.connectionCount()).isZero());
    assertThat(handler.closed).hasSize(1);
    assertThat(handler.requests.get(0).context().connectionId()).startsWith("127.0.0.1:");
    assertThat(metrics.counter("network.requests").getCount()).isEqualTo(1_000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sendsLargeFileSlices(boolean epoll, @TempDir Path directory) throws IOException {
    byte[] content = new byte[8_000_000];
    new Random(3).nextBytes(content);
    Path path = Files.write(directory.resolve("segment"), content);
    try (FileChannel file = FileChannel.open(path)) {
      TestSlice large = new TestSlice(file, 1_000, 7_000_000);
      TestSlice small = new TestSlice(file, 5, 300);
      PartitionData partition = new PartitionData();
      RecordSets.set(partition, List.of(large, small));
      FetchResponseData response = new FetchResponseData();
      response
          .responses()
          .add(new FetchableTopicResponse().setTopic("t").setPartitions(List.of(partition)));
      handler.action = request -> request.respond(OutboundResponse.message(response));
      start(config().build(), epoll && Epoll.isAvailable());
      try (Socket socket = connect()) {
        write(socket, WireBytes.request(ApiKeys.FETCH, 11, 1, new FetchRequestData()));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        ByteBuffer bytes = ByteBuffer.wrap(answer, 4, answer.length - 4).slice();
        FetchResponseData read = new FetchResponseData(new ByteBufferAccessor(bytes), (short) 11);
        ByteBuffer records = RecordSets.bytes(read.responses().get(0).partitions().get(0));
        ByteBuffer expected = ByteBuffer.allocate(7_000_300);
        expected.put(content, 1_000, 7_000_000).put(content, 5, 300).flip();
        assertThat(records).isEqualTo(expected);
      }
      await().untilAsserted(() -> assertThat(large.closed()).isEqualTo(1));
      assertThat(small.closed()).isEqualTo(1);
      assertThat(file.isOpen()).isTrue();
    }
  }

  @Test
  void acceptsOnlyWhenTold() throws IOException {
    loops = new EventLoops(1);
    handler.action = TestRequestHandler::answer;
    server = new NetworkServer(config().build(), loops, handler, metrics);
    address = server.bind().get("PLAINTEXT");
    try (Socket socket = connect()) {
      write(socket, WireBytes.heartbeat(1));
      await().during(Duration.ofMillis(150)).until(() -> server.connectionCount() == 0);
      server.startAccepting();
      assertThat(new DataInputStream(socket.getInputStream()).readInt()).isPositive();
    }
  }

  @Test
  void limitsConnectionsPerAddressAndInAll() throws IOException {
    start(config().maxConnectionsPerIp(2).maxConnections(3).build(), Epoll.isAvailable());
    Socket first = connect();
    Socket second = connect();
    await().until(() -> server.connectionCount() == 2);
    try (Socket third = connect()) {
      assertThat(third.getInputStream().read()).isEqualTo(-1);
    }
    try (Socket other = connectFrom("127.0.0.2")) {
      await().until(() -> server.connectionCount() == 3);
      try (Socket refused = connectFrom("127.0.0.3")) {
        assertThat(refused.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(other.isConnected()).isTrue();
    }
    first.close();
    second.close();
    await().until(() -> server.connectionCount() == 0);
    try (Socket again = connect()) {
      await().until(() -> server.connectionCount() == 1);
      assertThat(again.isConnected()).isTrue();
    }
    assertThat(metrics.counter("network.connections.closed.connection-limit").getCount())
        .isEqualTo(1);
    assertThat(metrics.counter("network.connections.closed.connection-limit-per-ip").getCount())
        .isEqualTo(1);
  }

  @Test
  void aClientThatReadsNothingIsClosed(@TempDir Path directory) throws IOException {
    Path path = Files.write(directory.resolve("segment"), new byte[1_000_000]);
    try (FileChannel file = FileChannel.open(path)) {
      handler.action =
          request -> {
            PartitionData partition = new PartitionData();
            RecordSets.set(partition, List.of(new TestSlice(file, 0, 1_000_000)));
            FetchResponseData response = new FetchResponseData();
            response
                .responses()
                .add(new FetchableTopicResponse().setTopic("t").setPartitions(List.of(partition)));
            request.respond(OutboundResponse.message(response));
          };
      start(config().writeStall(Duration.ofMillis(400)).build(), Epoll.isAvailable());
      try (Socket socket = connect()) {
        for (int i = 0; i < 64; i++) {
          write(socket, WireBytes.request(ApiKeys.FETCH, 11, i, new FetchRequestData()));
        }
        await().until(() -> handler.closed.size() == 1);
        assertThat(handler.requests.size()).isLessThan(64);
      }
    }
    assertThat(metrics.counter("network.connections.closed.write-stall").getCount()).isEqualTo(1);
  }

  @Test
  void anAddressInUseIsNamed() {
    start(config().build(), Epoll.isAvailable());
    NetworkServerConfig same =
        NetworkServerConfig.defaults(
            List.of(new ListenerConfig("OTHER", "PLAINTEXT", "127.0.0.1", address.getPort())));
    NetworkServer second = new NetworkServer(same, loops, handler, new MetricRegistry());
    assertThatThrownBy(second::bind)
        .hasMessageContaining("OTHER")
        .hasMessageContaining(":" + address.getPort());
    second.close();
  }

  @Test
  void threadsAreNamedFromZero() {
    start(config().build(), Epoll.isAvailable());
    List<String> names = new java.util.concurrent.CopyOnWriteArrayList<>();
    for (int i = 0; i < 2; i++) {
      loops.next().execute(() -> names.add(Thread.currentThread().getName()));
    }
    await().until(() -> names.size() == 2);
    assertThat(names).containsExactlyInAnyOrder("io-0", "io-1");
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private Socket connectFrom(String local) throws IOException {
    Socket socket =
        new Socket(address.getAddress(), address.getPort(), InetAddress.getByName(local), 0);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void write(Socket socket, ByteBuf bytes) throws IOException {
    bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
    bytes.release();
  }
}
