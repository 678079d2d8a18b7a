package io.ottla.network.server;

import io.ottla.network.frame.CloseReason;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts open connections, in all and by client address, and refuses beyond the limits.
 * Thread-safe; an address without connections takes no memory.
 */
final class ConnectionLimits {
  private final int maxConnections;
  private final int maxPerIp;
  private final AtomicInteger total = new AtomicInteger();
  private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  ConnectionLimits(int maxConnections, int maxPerIp) {
    this.maxConnections = maxConnections;
    this.maxPerIp = maxPerIp;
  }

  /** Counts a connection in; the limit it would break when refused, null when accepted. */
  CloseReason tryAcquire(InetAddress address) {
    if (total.incrementAndGet() > maxConnections) {
      total.decrementAndGet();
      return CloseReason.CONNECTION_LIMIT;
    }
    if (byAddress.merge(address, 1, Integer::sum) > maxPerIp) {
      release(address);
      return CloseReason.CONNECTION_LIMIT_PER_IP;
    }
    return null;
  }

  /** Counts out a connection that was accepted. */
  void release(InetAddress address) {
    total.decrementAndGet();
    byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }

  int total() {
    return total.get();
  }

  int addresses() {
    return byAddress.size();
  }
}
