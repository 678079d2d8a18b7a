package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.core.config.ZooKeeperOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedZooKeeperTest {
  @TempDir Path temp;

  @Test
  void keepsItsDataAndYieldsAPortInUse() throws Exception {
    int first;
    try (ServerSocket taken =
            new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        EmbeddedZooKeeper server = EmbeddedZooKeeper.start(temp, taken.getLocalPort())) {
      assertThat(server.connectString())
          .startsWith("127.0.0.1:")
          .isNotEqualTo("127.0.0.1:" + taken.getLocalPort());
      first = BrokerIdGenerator.generate(options(server.connectString() + "/chroot"), 1000);
      assertThat(first).isEqualTo(1001);
      assertThatThrownBy(() -> EmbeddedZooKeeper.start(temp, 0))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("Another process uses the ZooKeeper data in " + temp);
    }
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(temp, 0)) {
      assertThat(BrokerIdGenerator.generate(options(server.connectString() + "/chroot"), 1000))
          .isEqualTo(first + 1);
    }
  }

  private static ZooKeeperOptions options(String connect) {
    return new ZooKeeperOptions(connect, 6_000, 10_000);
  }
}
