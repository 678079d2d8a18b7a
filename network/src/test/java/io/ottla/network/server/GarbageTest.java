package io.ottla.network.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.codahale.metrics.MetricRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ottla.network.api.RequestContext;
import io.ottla.network.codec.FilledMessages;
import io.ottla.network.frame.CloseReason;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Bytes of all kinds: nothing held, nothing thrown, few lines in the log. */
class GarbageTest {
  private static final int FRAMES = Integer.getInteger("ottla.garbage.frames", 100_000);
  private static final long SEED = Long.getLong("ottla.garbage.seed", 20261120L);

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final TestRequestHandler handler = new TestRequestHandler();
  private final MetricRegistry metrics = new MetricRegistry();
  private final ConnectionEvents events = new ConnectionEvents(metrics, System::nanoTime);
  private final NetworkServerConfig config =
      NetworkServerConfig.builder(List.of(new ListenerConfig("L", "PLAINTEXT", "", 0)))
          .maxFrameBytes(1 << 20)
          .build();
  private final List<byte[]> valid = validRequests();
  private EmbeddedChannel channel;

  @Test
  void survives() {
    System.out.println("GarbageTest seed " + SEED + ", frames " + FRAMES);
    Random random = new Random(SEED);
    Logger logger = (Logger) LoggerFactory.getLogger("io.ottla.network.connections");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    handler.action = TestRequestHandler::answer;
    long started = System.nanoTime();
    long slowest = 0;
    long sent = 0;
    try {
      connect();
      for (int i = 0; i < FRAMES; i++) {
        ByteBuf bytes = garbage(random);
        sent += bytes.readableBytes();
        long before = System.nanoTime();
        channel.pipeline().fireChannelRead(bytes);
        channel.pipeline().fireChannelReadComplete();
        channel.runPendingTasks();
        slowest = Math.max(slowest, System.nanoTime() - before);
        channel.releaseOutbound();
        handler.requests.clear();
        assertThat(used()).isLessThanOrEqualTo(8L * (1 << 20));
        if (!channel.isOpen() || random.nextInt(50) == 0) {
          disconnect();
          connect();
        }
      }
      disconnect();
    } finally {
      logger.detachAppender(lines);
      logger.setAdditive(true);
    }
    assertThat(used()).isZero();
    assertThat(sent).isPositive();
    assertThat(slowest).isLessThan(2_000_000_000L);
    long seconds = 1 + (System.nanoTime() - started) / 1_000_000_000L;
    assertThat(lines.list.size()).isLessThanOrEqualTo((int) (seconds + 1) * 8);
    assertThat(closed(CloseReason.INTERNAL_ERROR)).isZero();
    assertThat(closed(CloseReason.MALFORMED_REQUEST)).isPositive();
    assertThat(closed(CloseReason.FRAME_SIZE)).isPositive();
    assertThat(closed(CloseReason.UNKNOWN_API_KEY)).isPositive();
    assertThat(closed(CloseReason.UNSUPPORTED_VERSION)).isPositive();
    assertThat(metrics.counter("network.requests").getCount()).isPositive();
  }

  private long closed(CloseReason reason) {
    return metrics.counter("network.connections.closed." + reason.metricName()).getCount();
  }

  private ByteBuf garbage(Random random) {
    ByteBuf bytes = allocator.directBuffer(64);
    switch (random.nextInt(8)) {
      case 0 -> bytes.writeBytes(random(random, random.nextInt(200)));
      case 1 -> bytes.writeInt(random.nextInt()).writeBytes(random(random, random.nextInt(50)));
      case 2 -> {
        // Every key, empty body.
        bytes.writeInt(10).writeShort(random.nextInt(100)).writeShort(random.nextInt(20));
        bytes.writeInt(1).writeShort(-1);
      }
      case 3 -> {
        byte[] body = random(random, random.nextInt(300));
        bytes.writeInt(10 + body.length).writeShort(random.nextInt(93));
        bytes.writeShort(random.nextInt(10)).writeInt(1).writeShort(-1).writeBytes(body);
      }
      case 4, 5 -> {
        byte[] request = valid.get(random.nextInt(valid.size())).clone();
        for (int flips = random.nextInt(4); flips > 0; flips--) {
          request[4 + random.nextInt(request.length - 4)] = (byte) random.nextInt();
        }
        bytes.writeBytes(request);
      }
      case 6 -> {
        byte[] request = valid.get(random.nextInt(valid.size()));
        int length = 4 + random.nextInt(request.length - 4);
        bytes.writeBytes(request, 0, length).setInt(0, length - 4);
      }
      default -> {
        byte[] request = valid.get(random.nextInt(valid.size()));
        bytes.writeBytes(request, 0, random.nextInt(request.length));
      }
    }
    return bytes;
  }

  private static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static List<byte[]> validRequests() {
    List<byte[]> requests = new ArrayList<>();
    for (ApiKeys key : ApiKeys.values()) {
      if (key.hasValidVersion()) {
        for (short version = key.oldestVersion(); version <= key.latestVersion(); version++) {
          ByteBuf bytes =
              WireBytes.request(
                  key,
                  version,
                  1,
                  new FilledMessages(version).fill(key.messageType.newRequest(), version));
          requests.add(io.netty.buffer.ByteBufUtil.getBytes(bytes));
          bytes.release();
        }
      }
    }
    return requests;
  }

  private long used() {
    return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
  }

  private void connect() {
    channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    InetSocketAddress address = InetSocketAddress.createUnresolved("peer", 1);
    RequestContext context =
        new RequestContext("c", "L", "PLAINTEXT", address, address, channel.eventLoop());
    ConnectionSweeper sweeper =
        new ConnectionSweeper(channel.eventLoop(), System::nanoTime, 1_000_000_000_000L);
    channel
        .pipeline()
        .addLast(
            new ConnectionHandler(
                channel, context, config, handler, events, sweeper, System::nanoTime));
  }

  private void disconnect() {
    channel.finishAndReleaseAll();
    handler.closed.clear();
  }

  @Test
  void anHttpGreetingIsOneLineInTheLog() {
    Logger logger = (Logger) LoggerFactory.getLogger("io.ottla.network.connections");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      for (int i = 0; i < 20; i++) {
        connect();
        channel
            .pipeline()
            .fireChannelRead(
                Unpooled.copiedBuffer("POST / HTTP/1.1", java.nio.charset.StandardCharsets.UTF_8));
        disconnect();
      }
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getFormattedMessage()).contains("HTTP").contains("c (L)");
    assertThat(closed(CloseReason.HTTP_ON_PLAINTEXT)).isEqualTo(20);
  }
}
