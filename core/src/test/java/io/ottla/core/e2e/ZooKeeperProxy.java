package io.ottla.core.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way of one broker to ZooKeeper, which a test can cut and mend: a crash is a way that is cut
 * for good.
 */
public final class ZooKeeperProxy implements AutoCloseable {
  private final int target;
  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  ZooKeeperProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, loopback());
    daemon("zookeeper-proxy", this::accept);
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  String connectString() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Ends all connections and refuses new ones. */
  public void cut() {
    cut = true;
    sockets.forEach(ZooKeeperProxy::end);
  }

  /** Lets connections through again. */
  public void mend() {
    cut = false;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        if (cut) {
          end(client);
          continue;
        }
        Socket upstream = new Socket(loopback(), target);
        sockets.add(client);
        sockets.add(upstream);
        daemon("zookeeper-proxy-up", () -> copy(client, upstream));
        daemon("zookeeper-proxy-down", () -> copy(upstream, client));
        if (cut) {
          end(client);
          end(upstream);
        }
      } catch (IOException e) {
        // The server is down or the proxy is closed: the client tries again or goes.
      }
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[8192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // The connection ended.
    } finally {
      end(from);
      end(to);
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed.
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    sockets.forEach(ZooKeeperProxy::end);
  }
}
