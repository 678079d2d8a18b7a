package io.ottla.tools.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.utils.Utils;

/**
 * Finds out whether anybody listens at an address before a client is started, because the client
 * itself only retries and logs for a minute.
 */
final class Reachability {
  private static final int CONNECT_MS = 3000;
  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(200);

  private final PrintStream notes;

  Reachability(PrintStream notes) {
    this.notes = notes;
  }

  /** Returns when one of the servers accepts a connection; fails when none did until the limit. */
  void await(String servers, Duration limit) {
    List<HostPort> addresses = parse(servers);
    long deadline = System.nanoTime() + limit.toNanos();
    boolean noted = false;
    while (true) {
      String reason = "";
      for (HostPort address : addresses) {
        reason = tryConnect(address);
        if (reason.isEmpty()) {
          return;
        }
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new ToolException(
            "No broker answers at "
                + servers
                + " ("
                + reason
                + "). Is it running, and is this its address? bin/broker-start.sh starts one.");
      }
      if (!noted) {
        notes.println(
            "Waiting up to "
                + limit.toSeconds()
                + " s for a broker at "
                + servers
                + " ("
                + reason
                + ") ...");
        noted = true;
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  static List<HostPort> parse(String servers) {
    List<HostPort> result = new ArrayList<>();
    for (String part : servers.split(",", -1)) {
      String server = part.strip();
      if (server.isEmpty()) {
        continue;
      }
      String host = Utils.getHost(server);
      Integer port = Utils.getPort(server);
      if (host == null || port == null || port < 1 || port > 65535) {
        throw new ToolException("'" + server + "' is not of the form host:port");
      }
      result.add(new HostPort(host, port));
    }
    if (result.isEmpty()) {
      throw new ToolException("--bootstrap-server needs at least one host:port");
    }
    return result;
  }

  /** Empty when connected, else the reason. */
  private static String tryConnect(HostPort address) {
    String reason = "no address";
    try {
      for (InetAddress ip : InetAddress.getAllByName(address.host())) {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(ip, address.port()), CONNECT_MS);
          return "";
        } catch (IOException e) {
          reason = e.getMessage();
        }
      }
    } catch (IOException e) {
      reason = "unknown host " + address.host();
    }
    return reason;
  }

  record HostPort(String host, int port) {}
}
