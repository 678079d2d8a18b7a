package io.ottla.tools.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that sends rubbish, from a printed seed, while another one produces: the broker neither
 * dies nor leaks nor grows, and the other client notices nothing.
 *
 * <p>{@code -Dottla.garbage.frames=1000000} for a million frames, {@code -Dottla.seed=} to repeat.
 */
class GarbageClientIT {

  private static final int FRAMES = Integer.getInteger("ottla.garbage.frames", 20_000);
  private static final long SEED = Long.getLong("ottla.seed", System.nanoTime());
  private static final int HIGHEST_KEY = 100;
  private static final long GROWTH_LIMIT_KB = 96 * 1024;

  @TempDir Path folder;

  private final Random random = new Random(SEED);

  @Test
  @Timeout(1800)
  void disturbsNobody() throws Exception {
    System.out.println("garbage seed " + SEED + ", frames " + FRAMES);
    try (ProcessCluster cluster =
        new ProcessCluster(ProcessCluster.checkout(), folder, 1, Map.of())
            .withJvmOptions("-Dio.netty.leakDetection.level=paranoid")) {
      cluster.start();
      try (Admin admin =
              Admin.create(
                  Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()));
          Ledger ledger = new Ledger(cluster.bootstrap(), "undisturbed", 2)) {
        admin.createTopics(List.of(new NewTopic("undisturbed", 2, (short) 1))).all().get();
        ledger.start();
        everyKeyWithEmptyBody(cluster.port(0));
        attack(cluster.port(0), FRAMES / 2);
        long before = cluster.residentKilobytes(0);
        attack(cluster.port(0), FRAMES - FRAMES / 2);
        long after = cluster.residentKilobytes(0);
        ledger.finish();
        assertThat(ledger.firstFailure()).as("a send of the other client failed").isNull();
        ledger.verify();
        cluster.assertNoneDied();
        assertThat(after - before)
            .as("growth in KB during the second half, seed %s", SEED)
            .isLessThan(GROWTH_LIMIT_KB);
        String output = Files.readString(folder.resolve("broker-0.out"));
        assertThat(output).as("seed %s", SEED).doesNotContain("LEAK:");
        assertThat(output).as("seed %s", SEED).doesNotContain("OutOfMemoryError");
        System.out.println(
            "resident "
                + before / 1024
                + " MB -> "
                + after / 1024
                + " MB; longest gap of the other client "
                + ledger.takeLongestGap().toMillis()
                + " ms");
      }
    }
  }

  /** Every API key there is and some there are not, each version with nothing behind the header. */
  private void everyKeyWithEmptyBody(int port) throws IOException {
    for (short key = -1; key < HIGHEST_KEY; key++) {
      for (short version = -1; version < 20; version++) {
        try (Socket socket = connect(port)) {
          send(socket, framed(header(key, version)));
          socket.shutdownOutput();
          drain(socket);
        }
      }
    }
  }

  private void attack(int port, int frames) throws IOException {
    int sent = 0;
    while (sent < frames) {
      try (Socket socket = connect(port)) {
        int burst = 1 + random.nextInt(20);
        for (int i = 0; i < burst && sent < frames; i++) {
          send(socket, garbage());
          sent++;
        }
        if (random.nextInt(4) == 0) {
          socket.setSoLinger(true, 0); // leaves with a reset
        } else {
          socket.shutdownOutput();
          drain(socket);
        }
      } catch (SocketException closedByBroker) {
        sent++; // the broker hung up on the burst, as it should
      }
    }
  }

  private byte[] garbage() {
    return switch (random.nextInt(8)) {
      case 0 -> bytes(1 + random.nextInt(300));
      case 1 -> ByteBuffer.allocate(4).putInt(-1 - random.nextInt(Integer.MAX_VALUE)).array();
      case 2 -> ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE - random.nextInt(1000)).array();
      case 3 -> truncated();
      case 4 -> framed(header((short) random.nextInt(HIGHEST_KEY), (short) random.nextInt(20)));
      case 5 -> framed(bytes(random.nextInt(200)));
      default ->
          framed(
              concat(
                  header((short) random.nextInt(HIGHEST_KEY), (short) random.nextInt(20)),
                  bytes(random.nextInt(400))));
    };
  }

  private byte[] truncated() {
    byte[] body = bytes(random.nextInt(100));
    return ByteBuffer.allocate(4 + body.length)
        .putInt(body.length + 1 + random.nextInt(100_000))
        .put(body)
        .array();
  }

  private byte[] header(short key, short version) {
    ByteBuffer header = ByteBuffer.allocate(11);
    header.putShort(key).putShort(version).putInt(random.nextInt());
    header.putShort((short) -1); // null client id
    header.put((byte) 0); // no tagged fields, where the header is flexible
    return header.array();
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] concat(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static byte[] framed(byte[] body) {
    return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(200);
    return socket;
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Reads until the broker closes; one that waits for more bytes is left after a moment. */
  private static void drain(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[4096];
    try {
      while (in.read(buffer) >= 0) {
        // what it answers does not matter here
      }
    } catch (SocketTimeoutException stillOpen) {
      // a parked request (a long poll, say) is legitimate
    }
  }
}
