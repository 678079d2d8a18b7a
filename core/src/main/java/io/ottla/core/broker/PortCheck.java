package io.ottla.core.broker;

import io.ottla.core.config.ListenerSettings.Listener;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/** Finds out whether the ports of the listeners are free, before anything else is begun. */
final class PortCheck {
  private PortCheck() {}

  /**
   * @throws StartupException naming the listener when its address cannot be bound
   */
  static void check(List<Listener> listeners, String origin) {
    for (Listener listener : listeners) {
      InetSocketAddress address =
          listener.host().isEmpty()
              ? new InetSocketAddress(listener.port())
              : new InetSocketAddress(listener.host(), listener.port());
      if (address.isUnresolved()) {
        throw failure(listener, origin, "the host name is unknown on this machine", null);
      }
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(address);
      } catch (BindException e) {
        throw failure(
            listener,
            origin,
            "the port is in use by another process, perhaps another broker, or the address is not one"
                + " of this machine ("
                + e.getMessage()
                + ")",
            e);
      } catch (IOException e) {
        throw failure(listener, origin, e.getMessage(), e);
      }
    }
  }

  static StartupException failure(
      Listener listener, String origin, String reason, Throwable cause) {
    return new StartupException(
        "Cannot listen on "
            + listener
            + ": "
            + reason
            + ". Stop the other process, or change listeners in "
            + origin
            + ".",
        cause);
  }
}
