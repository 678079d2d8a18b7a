package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.core.config.ListenerSettings.Listener;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortCheckTest {
  @Test
  void aPortInUseIsNamedWithTheFix() throws Exception {
    try (ServerSocket taken =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      Listener listener = new Listener("IN", "PLAINTEXT", "127.0.0.1", taken.getLocalPort());
      assertThatThrownBy(() -> PortCheck.check(List.of(listener), "server.properties"))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("Cannot listen on IN://127.0.0.1:" + taken.getLocalPort())
          .hasMessageContaining("in use by another process")
          .hasMessageContaining("change listeners in server.properties");
    }
    PortCheck.check(List.of(new Listener("IN", "PLAINTEXT", "127.0.0.1", 0)), "f");
  }

  @Test
  void anUnknownHostIsNamed() {
    Listener listener = new Listener("IN", "PLAINTEXT", "no.such.host.invalid", 0);
    assertThatThrownBy(() -> PortCheck.check(List.of(listener), "f"))
        .hasMessageContaining("host name is unknown");
  }
}
