package io.ottla.network.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import io.ottla.network.api.RequestContext;
import io.ottla.network.codec.RecordSets;
import io.ottla.network.codec.TestSlice;
import io.ottla.network.frame.CloseReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionHandlerTest {
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final MetricRegistry metrics = new MetricRegistry();
  private final TestRequestHandler handler = new TestRequestHandler();
  private final AtomicLong clock = new AtomicLong(1_000);
  private NetworkServerConfig config;
  private EmbeddedChannel channel;
  private ConnectionSweeper sweeper;

  @BeforeEach
  void connect() {
    connect(
        NetworkServerConfig.builder(List.of(new ListenerConfig("PLAINTEXT", "PLAINTEXT", "", 0)))
            .maxFrameBytes(1_000_000)
            .maxInFlightPerConnection(4)
            .idleTimeout(Duration.ofMinutes(10))
            .frameDeadline(Duration.ofSeconds(30))
            .writeStall(Duration.ofSeconds(60))
            .build());
  }

  private void connect(NetworkServerConfig newConfig) {
    config = newConfig;
    channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    channel.config().setMessageSizeEstimator(new PendingBytesEstimator());
    sweeper = new ConnectionSweeper(channel.eventLoop(), clock::get, 1_000_000_000_000L);
    InetSocketAddress address = InetSocketAddress.createUnresolved("peer", 1);
    RequestContext context =
        new RequestContext("c1", "PLAINTEXT", "PLAINTEXT", address, address, channel.eventLoop());
    channel
        .pipeline()
        .addLast(
            new ConnectionHandler(
                channel,
                context,
                config,
                handler,
                new ConnectionEvents(metrics, clock::get),
                sweeper,
                clock::get));
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(channel.close().isSuccess()).isTrue();
    channel.runPendingTasks();
    channel.finishAndReleaseAll();
    handler.requests.forEach(InboundRequest::releaseFrame);
    assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
        .isZero();
    assertThat(handler.closed).hasSize(1);
  }

  @Test
  void answersInRequestOrderWhateverTheOrderOfCompletion() {
    send(WireBytes.heartbeat(1), WireBytes.heartbeat(2), WireBytes.heartbeat(3));
    assertThat(handler.requests).hasSize(3);
    TestRequestHandler.answer(handler.requests.get(2));
    TestRequestHandler.answer(handler.requests.get(1));
    assertThat(answers()).isEmpty();
    TestRequestHandler.answer(handler.requests.get(0));
    assertThat(answers()).containsExactly(1, 2, 3);
  }

  @Test
  void requestsWithTheSameCorrelationIdAreAnsweredInOrder() {
    send(WireBytes.heartbeat(7), WireBytes.heartbeat(7));
    handler
        .requests
        .get(1)
        .respond(OutboundResponse.message(new HeartbeatResponseData().setErrorCode((short) 2)));
    handler
        .requests
        .get(0)
        .respond(OutboundResponse.message(new HeartbeatResponseData().setErrorCode((short) 1)));
    channel.runPendingTasks();
    assertThat(heartbeat().errorCode()).isEqualTo((short) 1);
    assertThat(heartbeat().errorCode()).isEqualTo((short) 2);
  }

  @Test
  void aRequestWithoutAnswerTakesItsPlaceInTheOrder() {
    send(WireBytes.heartbeat(1), WireBytes.heartbeat(2), WireBytes.heartbeat(3));
    TestRequestHandler.answer(handler.requests.get(2));
    handler.requests.get(1).respond(OutboundResponse.none());
    TestRequestHandler.answer(handler.requests.get(0));
    assertThat(answers()).containsExactly(1, 3);
  }

  @Test
  void answersOfAReadBatchAreFlushedOnce() {
    handler.action = TestRequestHandler::answer;
    ByteBuf batch = Unpooled.wrappedBuffer(WireBytes.heartbeat(1), WireBytes.heartbeat(2));
    channel.pipeline().fireChannelRead(copy(batch));
    assertThat(channel.outboundMessages()).isEmpty();
    channel.pipeline().fireChannelReadComplete();
    assertThat(answers()).containsExactly(1, 2);
  }

  @Test
  void aSecondAnswerIsRefused() {
    send(WireBytes.heartbeat(1));
    InboundRequest request = handler.requests.get(0);
    TestRequestHandler.answer(request);
    assertThatThrownBy(() -> TestRequestHandler.answer(request))
        .isInstanceOf(IllegalStateException.class);
    assertThat(answers()).containsExactly(1);
  }

  @Test
  void answersFromOtherThreadsAreHandedToTheLoop() throws InterruptedException {
    send(WireBytes.heartbeat(1), WireBytes.heartbeat(2));
    Thread other = new Thread(() -> handler.requests.forEach(TestRequestHandler::answer));
    other.start();
    other.join();
    assertThat(answers()).containsExactly(1, 2);
  }

  @Test
  void readsOnlySoManyRequestsAhead() {
    List<ByteBuf> frames = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      frames.add(WireBytes.heartbeat(i));
    }
    send(frames.toArray(ByteBuf[]::new));
    assertThat(handler.requests).hasSize(4);
    assertThat(channel.config().isAutoRead()).isFalse();
    TestRequestHandler.answer(handler.requests.get(1));
    channel.runPendingTasks();
    assertThat(handler.requests).hasSize(4);
    TestRequestHandler.answer(handler.requests.get(0));
    channel.runPendingTasks();
    assertThat(handler.requests).hasSize(6);
    for (int i = 2; i < 10; i++) {
      TestRequestHandler.answer(handler.requests.get(i));
      channel.runPendingTasks();
    }
    assertThat(channel.config().isAutoRead()).isTrue();
    assertThat(answers()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void aThrottledConnectionIsAnsweredAndThenNotRead() {
    handler.action =
        request -> request.respond(OutboundResponse.message(new HeartbeatResponseData(), 500));
    send(WireBytes.heartbeat(1), WireBytes.heartbeat(2));
    assertThat(answers()).containsExactly(1);
    assertThat(channel.config().isAutoRead()).isFalse();
    channel.advanceTimeBy(499, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertThat(answers()).isEmpty();
    channel.advanceTimeBy(2, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertThat(answers()).containsExactly(2);
  }

  @Test
  void aReaderThatDoesNotReadIsNotServedFurther() {
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(10, 20));
    handler.action = TestRequestHandler::answer;
    channel.pipeline().fireChannelRead(copy(WireBytes.heartbeat(1)));
    channel.pipeline().fireChannelRead(copy(WireBytes.heartbeat(2)));
    channel.pipeline().fireChannelRead(copy(WireBytes.heartbeat(3)));
    channel.runPendingTasks();
    assertThat(channel.isWritable()).isFalse();
    assertThat(channel.config().isAutoRead()).isFalse();
    send(WireBytes.heartbeat(4));
    assertThat(answers()).containsExactly(1, 2, 3, 4);
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void recordSetsAreViewsUntilTheAnswer() {
    PartitionProduceData partition = new PartitionProduceData();
    RecordSets.set(partition, ByteBuffer.wrap("records".getBytes(StandardCharsets.UTF_8)));
    ProduceRequestData produce = new ProduceRequestData().setAcks((short) 1);
    produce.topicData().add(new TopicProduceData().setName("t"));
    produce.topicData().iterator().next().partitionData().add(partition);
    send(WireBytes.request(ApiKeys.PRODUCE, 9, 1, produce));
    InboundRequest request = handler.requests.get(0);
    assertThat(request.holdsFrame()).isTrue();
    ByteBuffer records =
        RecordSets.bytes(
            request
                .body(ProduceRequestData.class)
                .topicData()
                .iterator()
                .next()
                .partitionData()
                .get(0));
    assertThat(StandardCharsets.UTF_8.decode(records.duplicate()).toString()).isEqualTo("records");
    assertThat(request.clientId()).isEqualTo("test");
    TestRequestHandler.answer(request);
    assertThat(request.holdsFrame()).isFalse();
    request.releaseFrame();
    assertThat(answers()).containsExactly(1);
  }

  @Test
  void unknownVersionsOfApiVersionsAreAnsweredInVersionZero() {
    byte[] request = {0, 18, 0, 99, 0, 0, 0, 5, 1, 2, 3};
    send(WireBytes.frame(request));
    assertThat(handler.requests.get(0).version()).isEqualTo((short) 99);
    channel.runPendingTasks();
    ByteBuffer answer = response();
    assertThat(answer.getInt()).isEqualTo(5);
    ApiVersionsResponseData read =
        new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 0);
    assertThat(read.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
    assertThat(read.apiKeys()).isNotEmpty();
    assertThat(answer.remaining()).isZero();
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void theClientsSoftwareIsRemembered() {
    send(WireBytes.apiVersions(3, 1));
    assertThat(handler.requests.get(0).context().clientSoftwareName()).isEqualTo("test-client");
    assertThat(handler.requests.get(0).context().clientSoftwareVersion()).isEqualTo("1.2");
    channel.releaseOutbound();
  }

  @Test
  void whatIsNotServedClosesTheConnectionBeforeItsBodyIsParsed() {
    expectClose(CloseReason.UNKNOWN_API_KEY, WireBytes.frame(new byte[] {7, 7, 0, 0, 0, 0, 0, 1}));
    expectClose(
        CloseReason.UNSUPPORTED_VERSION, WireBytes.frame(new byte[] {0, 0, 0, 99, 0, 0, 0, 1}));
    expectClose(CloseReason.MALFORMED_REQUEST, WireBytes.frame(new byte[] {0, 0}));
    expectClose(
        CloseReason.MALFORMED_REQUEST, WireBytes.frame(new byte[] {0, 12, 0, 3, 0, 0, 0, 1}));
    expectClose(CloseReason.FRAME_SIZE, Unpooled.buffer().writeInt(-5));
    expectClose(CloseReason.FRAME_SIZE, Unpooled.buffer().writeInt(1_000_001));
  }

  private void expectClose(CloseReason reason, ByteBuf bytes) {
    long before = closed(reason);
    send(bytes);
    assertThat(channel.isOpen()).as(reason.name()).isFalse();
    assertThat(closed(reason)).isEqualTo(before + 1);
    assertThat(handler.requests).isEmpty();
    handler.closed.clear();
    connect(config);
  }

  @Test
  void anHttpClientIsToldSo() {
    send(Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: x\r\n\r\n", StandardCharsets.US_ASCII));
    ByteBuf answer = channel.readOutbound();
    assertThat(answer.toString(StandardCharsets.US_ASCII))
        .startsWith("HTTP/1.1 400 ")
        .contains("Kafka");
    answer.release();
    assertThat(channel.isOpen()).isFalse();
    assertThat(closed(CloseReason.HTTP_ON_PLAINTEXT)).isEqualTo(1);
  }

  @Test
  void aTlsClientGetsAnAlert() {
    send(Unpooled.wrappedBuffer(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1}));
    ByteBuf answer = channel.readOutbound();
    assertThat(answer.readUnsignedByte()).isEqualTo((short) 0x15);
    answer.release();
    assertThat(channel.isOpen()).isFalse();
    assertThat(closed(CloseReason.TLS_ON_PLAINTEXT)).isEqualTo(1);
  }

  @Test
  void aFrameThatDoesNotArriveClosesTheConnection() {
    send(Unpooled.buffer().writeInt(500).writeByte(0));
    pass(Duration.ofSeconds(29));
    send(Unpooled.buffer().writeByte(0));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofSeconds(2));
    assertThat(channel.isOpen()).isFalse();
    assertThat(closed(CloseReason.FRAME_DEADLINE)).isEqualTo(1);
  }

  @Test
  void aSlowButSteadySenderIsNotCutOff() {
    send(Unpooled.buffer().writeInt(900_000));
    for (int second = 0; second < 40; second++) {
      send(Unpooled.buffer().writeZero(22_000));
      pass(Duration.ofSeconds(1));
    }
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void anIdleConnectionIsClosedButNotOneThatWaitsForAnAnswer() {
    send(WireBytes.heartbeat(1));
    pass(Duration.ofMinutes(30));
    assertThat(channel.isOpen()).isTrue();
    TestRequestHandler.answer(handler.requests.get(0));
    assertThat(answers()).containsExactly(1);
    pass(Duration.ofMinutes(9));
    assertThat(channel.isOpen()).isTrue();
    pass(Duration.ofMinutes(2));
    assertThat(channel.isOpen()).isFalse();
    assertThat(closed(CloseReason.IDLE)).isEqualTo(1);
  }

  @Test
  void aHandlerThatThrowsClosesTheConnection() {
    handler.action =
        request -> {
          throw new IllegalStateException("expected by a test");
        };
    send(WireBytes.heartbeat(1), WireBytes.heartbeat(2));
    assertThat(handler.requests).hasSize(1);
    assertThat(channel.isOpen()).isFalse();
    assertThat(closed(CloseReason.INTERNAL_ERROR)).isEqualTo(1);
  }

  @Test
  void aResponseThatCannotBeWrittenClosesTheConnection() {
    handler.action = request -> request.respond(OutboundResponse.message("not a message"));
    send(WireBytes.heartbeat(1));
    assertThat(channel.isOpen()).isFalse();
    assertThat(closed(CloseReason.INTERNAL_ERROR)).isEqualTo(1);
  }

  @Test
  void theHandlerCanCloseTheConnectionAfterEarlierAnswers() {
    send(WireBytes.heartbeat(1), WireBytes.heartbeat(2), WireBytes.heartbeat(3));
    TestRequestHandler.answer(handler.requests.get(2));
    handler.requests.get(1).respond(OutboundResponse.closeConnection("acks=0 failed"));
    assertThat(channel.isOpen()).isTrue();
    TestRequestHandler.answer(handler.requests.get(0));
    assertThat(channel.isOpen()).isFalse();
    assertThat(answers()).containsExactly(1);
    assertThat(closed(CloseReason.REQUEST_HANDLER)).isEqualTo(1);
  }

  @Test
  void fileSlicesOfAnswersThatAreNotSentAreClosed(@TempDir Path directory) throws IOException {
    Path path = Files.write(directory.resolve("segment"), new byte[200_000]);
    try (FileChannel file = FileChannel.open(path)) {
      List<TestSlice> slices = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        slices.add(new TestSlice(file, 0, 100_000));
      }
      for (int i = 0; i < 4; i++) {
        send(WireBytes.request(ApiKeys.FETCH, 12, i, new FetchRequestData()));
      }
      respondWith(handler.requests.get(1), slices.get(0));
      respondWith(handler.requests.get(0), slices.get(1));
      channel.runPendingTasks();
      assertThat(channel.outboundMessages()).anyMatch(FileRegion.class::isInstance);
      channel.releaseOutbound();
      assertThat(channel.close().isSuccess()).isTrue();
      channel.runPendingTasks();
      respondWith(handler.requests.get(3), slices.get(2));
      TestRequestHandler.answer(handler.requests.get(2));
      assertThat(slices).allSatisfy(slice -> assertThat(slice.closed()).isEqualTo(1));
    }
  }

  @Test
  void answersWaitingInOrderAreClosedWithTheConnection(@TempDir Path directory) throws IOException {
    Path path = Files.write(directory.resolve("segment"), new byte[200_000]);
    try (FileChannel file = FileChannel.open(path)) {
      TestSlice slice = new TestSlice(file, 0, 100);
      send(WireBytes.request(ApiKeys.FETCH, 12, 1, new FetchRequestData()));
      send(WireBytes.request(ApiKeys.FETCH, 12, 2, new FetchRequestData()));
      respondWith(handler.requests.get(1), slice);
      assertThat(slice.closed()).isZero();
      assertThat(channel.close().isSuccess()).isTrue();
      channel.runPendingTasks();
      assertThat(slice.closed()).isEqualTo(1);
    }
  }

  private static void respondWith(InboundRequest request, TestSlice slice) {
    PartitionData partition = new PartitionData();
    RecordSets.set(partition, List.of(slice));
    FetchResponseData response = new FetchResponseData();
    response
        .responses()
        .add(new FetchableTopicResponse().setTopic("t").setPartitions(List.of(partition)));
    request.respond(OutboundResponse.message(response));
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
    sweeper.sweep();
  }

  private long closed(CloseReason reason) {
    return metrics.counter("network.connections.closed." + reason.metricName()).getCount();
  }

  private ByteBuf copy(ByteBuf bytes) {
    ByteBuf copy = allocator.directBuffer(Math.max(1, bytes.readableBytes())).writeBytes(bytes);
    bytes.release();
    return copy;
  }

  private void send(ByteBuf... frames) {
    channel.pipeline().fireChannelRead(copy(Unpooled.wrappedBuffer(frames)));
    channel.pipeline().fireChannelReadComplete();
  }

  /** Correlation ids of the answers that have left. */
  private List<Integer> answers() {
    channel.runPendingTasks();
    List<Integer> ids = new ArrayList<>();
    while (channel.outboundMessages().peek() != null) {
      if (channel.outboundMessages().peek() == Unpooled.EMPTY_BUFFER) {
        channel.outboundMessages().remove();
      } else {
        ids.add(response().getInt());
      }
    }
    return ids;
  }

  private HeartbeatResponseData heartbeat() {
    ByteBuffer response = response();
    response.getInt();
    return new HeartbeatResponseData(new ByteBufferAccessor(response), (short) 3);
  }

  private ByteBuffer response() {
    ByteBuf bytes = channel.readOutbound();
    assertThat(bytes.readInt()).isEqualTo(bytes.readableBytes());
    ByteBuffer response = ByteBuffer.allocate(bytes.readableBytes());
    bytes.readBytes(response);
    bytes.release();
    return response.flip();
  }
}
