package io.ottla.tools.quickstart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * The ports of a cluster on loopback.
 *
 * @param zookeeper the port of ZooKeeper
 * @param brokers the port of each broker
 */
record Ports(int zookeeper, List<Integer> brokers) {
  static final Ports USUAL = new Ports(2181, List.of(9092, 9093, 9094));

  /** Ports that nobody has at this moment. */
  static Ports free(int brokers) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i <= brokers; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
      return new Ports(ports.get(0), ports.subList(1, ports.size()));
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  /** The usual ports if nobody has one of them, else free ones. */
  static Ports usualOrFree() throws IOException {
    boolean usual = isFree(USUAL.zookeeper()) && USUAL.brokers().stream().allMatch(Ports::isFree);
    return usual ? USUAL : free(USUAL.brokers().size());
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  String bootstrap() {
    return String.join(",", brokers.stream().map(port -> "127.0.0.1:" + port).toList());
  }
}
